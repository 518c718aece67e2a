import { expect, it } from 'vitest'
import { logOptions } from '../../../tasks/docker/log-options.ts'

it('the log of a container has three files of 10 MB at most', () => {
  expect(logOptions.join(' ')).toBe('--log-driver json-file --log-opt max-size=10m --log-opt max-file=3')
})
