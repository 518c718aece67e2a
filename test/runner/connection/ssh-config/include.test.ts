import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { filesOf } from '../../../../runner/connection/ssh-config/include.ts'
import { newFolder } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const folder = newFolder()
beforeAll(() => {
  vi.stubEnv('HOME', folder)
  for (const name of ['parts/sub', 'parts/b.conf.d', 'other']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['parts/b.conf', 'parts/a.conf', 'parts/.c.conf', 'parts/a.txt', 'parts/sub/x', 'other/x'])
    writeFileSync(join(folder, name), '')
  symlinkSync('/nowhere', join(folder, 'parts/gone.conf'))
})
afterAll(() => vi.unstubAllEnvs())

describe('an Include names', () => {
  it.each<[string, string[]]>([
    ['parts/b.conf', ['parts/b.conf']],
    ['parts/*.conf', ['parts/a.conf', 'parts/b.conf']],
    ['parts/.*.conf', ['parts/.c.conf']],
    ['parts/?.txt', ['parts/a.txt']],
    ['p*/s*/x', ['parts/sub/x']],
    ['*/x', ['other/x']],
    ['*/*/x', ['parts/sub/x']],
    ['~/parts/a.conf', ['parts/a.conf']],
    ['~/other/*', ['other/x']],
    ['a~/x', []],
    ['parts', []],
    ['nowhere/*', []],
    ['other/x/*', []],
    ['nowhere', []],
  ])('%s', (pattern, files) => {
    expect(filesOf(pattern, folder)).toEqual(files.map((name) => join(folder, name)))
  })

  it('an absolute path, whatever the base', () => {
    expect(filesOf(join(folder, 'other/x'), '/etc')).toEqual([join(folder, 'other/x')])
  })
})
