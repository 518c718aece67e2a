import { CutoverError } from '../errors.ts'
import type { HostSession } from './answer.ts'

/** How the files of a host are reached. */
export interface FileAccess {
  /** The host's name, for messages. */
  name: string
  session: () => HostSession
  signal?: AbortSignal
  /** Gets how much of a large file has passed. */
  onProgress: (text: string) => void
}

export interface ScriptResult {
  status: number | null
  stdout: Buffer
  stderr: string
}

/** Exit statuses of the scripts for files, which no command in them uses. */
export const fileStatus = { none: 44, inTheWay: 45, tooLarge: 46, notWhole: 47, refused: 48 } as const

/**
 * Runs a script whose output is bytes, and is never shown.
 * @throws UnreachableError
 */
export async function runScript(
  { session, signal }: FileAccess,
  script: string,
  input?: Buffer,
): Promise<ScriptResult> {
  const [stdout, stderr]: Buffer[][] = [[], []]
  const status = await session().run(`set -eu\n${script}`, {
    input,
    signal,
    stdout: (bytes) => void stdout?.push(bytes),
    stderr: (bytes) => void stderr?.push(bytes),
  })
  signal?.throwIfAborted()
  return { status, stdout: Buffer.concat(stdout ?? []), stderr: Buffer.concat(stderr ?? []).toString() }
}

/** The error of a script that failed in a way that it does not know. */
export const scriptError = (what: string, { status, stderr }: Pick<ScriptResult, 'status' | 'stderr'>): CutoverError =>
  new CutoverError(`${what}: ${stderr.trim() || `it ended with ${status ?? 'a signal'}`}`)

/** Sets `$found` to what stat prints of `$path`, and ends with a status of its own if there is nothing. */
export const lookScript = (options: string): string => `found=$(stat ${options} -- "$path" 2>&1) || case $found in
  *': No such file or directory' | *': Not a directory') exit ${fileStatus.none} ;;
  *) printf '%s\\n' "$found" >&2; exit 1 ;;
esac`

type Kind = 'file' | 'directory' | 'link' | 'other'

const nouns: Record<Kind, string> = {
  file: 'a file',
  directory: 'a folder',
  link: 'a link',
  other: 'something that is neither a file nor a folder',
}

/** The error for a path at which something of another kind is. */
export const inTheWay = (path: string, found: Kind, wanted: Exclude<Kind, 'other'>): CutoverError =>
  new CutoverError(`there is ${nouns[found]} at ${path}, and not ${nouns[wanted]}`, {
    hint: `It is left as it is. Move it elsewhere, remove it with the task absent('${path}'), or choose another path.`,
  })
