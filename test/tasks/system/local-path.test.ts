import { join } from 'node:path'
import { expect, it } from 'vitest'
import { localPath } from '../../../tasks/system/local-path.ts'

/** A task, as far as its local file goes. */
const path = (source: string | URL): string => localPath(source, path)

it.each<[string, string | URL]>([
  ['relative to the file that calls the task', 'beside.njk'],
  ['absolute', join(import.meta.dirname, 'beside.njk')],
  ['a URL', new URL('beside.njk', import.meta.url)],
])('a path of this machine may be %s', (_, source) => {
  expect(path(source)).toBe(join(import.meta.dirname, 'beside.njk'))
})

it('a relative path is refused where no file calls the task', () => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    expect(() => path('beside.njk')).toThrow("'beside.njk' is a relative path, and nothing says what it is relative to")
  } finally {
    Error.stackTraceLimit = limit
  }
})
