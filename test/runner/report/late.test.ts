import { expect, it, vi } from 'vitest'
import { createReporter } from '../../../runner/report/reporter.ts'

const { loaded } = vi.hoisted(() => ({ loaded: [] as string[] }))
vi.mock('../../../runner/report/html.ts', () => {
  loaded.push('html')
  return { htmlReporter: () => ({ on: () => undefined, end: () => Promise.resolve() }) }
})
vi.mock('../../../runner/report/whole-file.ts', () => {
  loaded.push('whole-file')
  return { writeWhole: () => undefined }
})

const options = { output: 'plain', log: undefined, sink: () => undefined, verbose: false, diff: false, profile: false }

it('what makes the page is loaded by a run that asks for one, and by no other', async () => {
  await createReporter({ ...options, reports: ['json=/dev/null'] })
  expect(loaded).toEqual([])
  await createReporter({ ...options, reports: ['html=/dev/null'] })
  expect(loaded.sort()).toEqual(['html', 'whole-file'])
})
