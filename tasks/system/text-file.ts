import { type Change, type Host, type HostView, UnsafeError } from '../../runner/index.ts'

/** A file with its mode and owner, as `host.file` gives it. */
export type TextFile = NonNullable<Awaited<ReturnType<HostView['file']>>>

/** The first line of a file that is a task's own: one without it is not overwritten. */
export const mark = '# Written by Cutover.'

/** Mode and owner of a file that is not there yet. */
export const fresh = { mode: '644', owner: 'root:root' }

/** @throws UnsafeError if a file that is there is not a task's own */
export function verifyOurs(path: string, current: TextFile | null): void {
  if (current !== null && !current.content.startsWith(`${mark}\n`))
    throw new UnsafeError(`${path} is there, and was not written by this task`, {
      hint: `Choose another name, or remove the file. Its first line would be '${mark}'.`,
    })
}

/** A file of which a part is to be edited; null if there is none. @throws UnsafeError if it is no text */
export async function readText(host: HostView, path: string): Promise<TextFile | null> {
  const current = await host.file(path)
  if (current?.content.includes('\uFFFD'))
    throw new UnsafeError(`${path} is not valid UTF-8, so an edit could damage it`, {
      hint: `Correct its characters on the host first: iconv -f utf-8 -o /dev/null ${path} says where they are.`,
    })
  return current
}

/** What must change for a file to be as wanted; null if nothing. */
export function compareText(current: TextFile | null, wanted: TextFile): Change | null {
  if (current === null) return { summary: 'new', before: '', after: wanted.content }
  const differs = current.content !== wanted.content
  const differences = [
    ...(differs ? ['content'] : []),
    ...(current.mode === wanted.mode ? [] : [`mode ${current.mode} → ${wanted.mode}`]),
    ...(current.owner === wanted.owner ? [] : [`owner ${current.owner} → ${wanted.owner}`]),
  ]
  if (differences.length === 0) return null
  return { summary: differences.join(', '), ...(differs && { before: current.content, after: wanted.content }) }
}

/** Writes a file with its mode and owner; null: removes it. */
export async function putText(host: Host, path: string, file: TextFile | null): Promise<void> {
  if (file === null) await host.$`rm -f -- ${path}`
  else await host.write(path, file.content, { mode: file.mode, owner: file.owner })
}
