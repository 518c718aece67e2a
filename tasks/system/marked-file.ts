import { UnsafeError } from '../../runner/index.ts'
import type { FileChange } from './placed-file.ts'

/** The first line of a file that is a task's own: one without it is not overwritten. */
export const mark = '# Written by Cutover.'

/** @throws UnsafeError if a change is that of a file that is there, and is not a task's own */
export function verifyOurs(path: string, { previous: { state, content, bytes } }: FileChange): void {
  if (state !== null && content && !bytes?.toString().startsWith(`${mark}\n`))
    throw new UnsafeError(`${path} is there, and was not written by this task`, {
      hint: `Choose another name, or remove the file. Its first line would be '${mark}'.`,
    })
}
