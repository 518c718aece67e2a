import type * as FileSystem from 'node:fs'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../runner/errors.ts'
import { refuseUnwritable } from '../../../runner/report/file-path.ts'

// Root, as whom these tests may run, may write everywhere.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  const accessSync: typeof fs.accessSync = (path, mode) => {
    if (String(path).endsWith('/locked')) throw new Error('EACCES: permission denied')
    fs.accessSync(path, mode)
  }
  return { ...fs, accessSync }
})

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
writeFileSync(join(folder, 'there.html'), '')
mkdirSync(join(folder, 'sub'))

describe('the path of a report', () => {
  it.each(['new.html', 'there.html', 'sub/new.html'])('may be %s', (name) => {
    expect(() => refuseUnwritable(join(folder, name))).not.toThrow()
  })

  it.each([
    ['sub', `${folder}/sub is a folder`, `Name the file in it, too: ${folder}/sub/FILE.`],
    ['sub/', `${folder}/sub/ is a folder`, `Name the file in it, too: ${folder}/sub/FILE.`],
    [
      'none/run.html',
      `${folder}/none/run.html can't be written: there is no folder ${folder}/none`,
      `Make it (mkdir -p ${folder}/none), or name a file in another folder.`,
    ],
    [
      'there.html/run.html',
      `${folder}/there.html/run.html can't be written: there is no folder ${folder}/there.html`,
      `Make it (mkdir -p ${folder}/there.html), or name a file in another folder.`,
    ],
  ])('is refused if it is %s', (name, message, hint) => {
    const refuse = (): void => refuseUnwritable(`${folder}/${name}`)
    expect(refuse).toThrow(UsageError)
    expect(refuse).toThrow(expect.objectContaining({ message, hint }) as Error)
  })

  it('is refused where one may not write', () => {
    mkdirSync(join(folder, 'locked'))
    expect(() => refuseUnwritable(join(folder, 'locked/new.html'))).toThrow('EACCES')
  })
})
