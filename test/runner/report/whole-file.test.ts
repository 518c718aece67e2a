import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { CutoverError } from '../../../runner/errors.ts'
import { writeWhole } from '../../../runner/report/whole-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-'))
})
const mode = (path: string): number => statSync(path).mode & 0o777

describe('a file that is written as a whole', () => {
  it('is for its owner alone if it is new', () => {
    writeWhole(join(folder, 'run.html'), 'text')
    expect(readFileSync(join(folder, 'run.html'), 'utf8')).toBe('text')
    expect(mode(join(folder, 'run.html'))).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['run.html'])
  })

  it('keeps its mode, and is another file afterwards: who reads the old one reads all of it', () => {
    const path = join(folder, 'run.html')
    writeFileSync(path, 'older')
    const before = statSync(path).ino
    writeWhole(path, 'text')
    expect(readFileSync(path, 'utf8')).toBe('text')
    expect(mode(path)).toBe(0o644)
    expect(statSync(path).ino).not.toBe(before)
  })

  it('stays where a link leads', () => {
    writeFileSync(join(folder, 'real.html'), 'older')
    symlinkSync('real.html', join(folder, 'link.html'))
    writeWhole(join(folder, 'link.html'), 'text')
    expect(lstatSync(join(folder, 'link.html')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'real.html'), 'utf8')).toBe('text')
  })

  it('may be a device, which stays one', () => {
    writeWhole('/dev/null', 'text')
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('that cannot be written leaves nothing behind, and says that the run is done', () => {
    mkdirSync(join(folder, 'sub'))
    expect(() => writeWhole(join(folder, 'none/run.html'), 'text')).toThrow(CutoverError)
    expect(() => writeWhole(join(folder, 'sub'), 'text')).toThrow(
      expect.objectContaining({
        message: `${folder}/sub can't be written: EISDIR: illegal operation on a directory, open '${folder}/sub'`,
        hint: 'The run itself has ended; only this report of it is lost.',
      }) as Error,
    )
    expect(readdirSync(folder)).toEqual(['sub'])
  })
})
