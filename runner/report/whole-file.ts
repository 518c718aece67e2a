import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { CutoverError, message } from '../errors.ts'

/**
 * Writes a file as a whole: who reads it sees the old content or the new one, and never a part. A file that is there
 * keeps its mode, a new one is for its owner alone.
 * @throws CutoverError
 */
export function writeWhole(path: string, text: string): void {
  const there = statSync(path, { throwIfNoEntry: false })
  try {
    // A pipe or a device has no old content, and must stay what it is.
    if (there && !there.isFile()) writeFileSync(path, text)
    else replace(there ? realpathSync(path) : path, text, there ? there.mode & 0o777 : 0o600)
  } catch (cause) {
    throw new CutoverError(`${path} can't be written: ${message(cause)}`, {
      cause,
      hint: 'The run itself has ended; only this report of it is lost.',
    })
  }
}

function replace(path: string, text: string, mode: number): void {
  const partial = `${path}.${process.pid}.partial`
  try {
    writeFileSync(partial, text, { mode, flag: 'wx' })
    // The umask may have taken some of it.
    chmodSync(partial, mode)
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}
