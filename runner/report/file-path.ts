import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { message, UsageError } from '../errors.ts'

/**
 * Refuses a file that cannot be written, before a run begins whose report would be lost.
 * @throws UsageError
 */
export function refuseUnwritable(path: string): void {
  const there = stateOf(path)
  if (there?.isDirectory())
    throw new UsageError(`${path} is a folder`, { hint: `Name the file in it, too: ${path.replace(/\/+$/, '')}/FILE.` })
  const folder = dirname(path)
  if (!there && !stateOf(folder)?.isDirectory())
    throw new UsageError(`${path} can't be written: there is no folder ${folder}`, {
      hint: `Make it (mkdir -p ${folder}), or name a file in another folder.`,
    })
  try {
    accessSync(there ? path : folder, constants.W_OK)
  } catch (cause) {
    throw new UsageError(`${path} can't be written: ${message(cause)}`, {
      cause,
      hint: 'Name a file in a folder that you may write to.',
    })
  }
}

function stateOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
