import { createHash } from 'node:crypto'
import { type Change, Secret, type Task, task } from '../../runner/index.ts'

export interface FileOptions {
  /** Octal. Default 644, for a secret 600. */
  mode?: string
  /** `user:group`. Default root:root. */
  owner?: string
  notify?: readonly Task[]
  /** The folder for the temporary file; see Host.write. */
  staging?: string
}

/** A content larger than this (bytes) is compared by its digest, and is not shown in a diff. */
const maxDiffBytes = 64 * 1024

/** A file has this content, mode and owner. The content of a secret is never part of a change. */
export function file(
  path: string,
  content: string | Secret,
  { mode = content instanceof Secret ? '600' : '644', owner = 'root:root', notify, staging }: FileOptions = {},
): Task {
  const text = content instanceof Secret ? content.reveal() : content
  const small = Buffer.byteLength(text) <= maxDiffBytes
  const wanted = small ? text : createHash('sha256').update(text).digest('hex')
  const diff = (before: string): Partial<Change> =>
    small && !(content instanceof Secret) ? { before, after: content } : {}
  return task<Change>({
    name: `file ${path}`,
    notify,
    check: async (host) => {
      const current = await host.file(path, { digest: !small })
      if (!current) return { summary: 'new', ...diff('') }
      const sameContent = current.content === wanted
      const differences = [
        ...(sameContent ? [] : ['content']),
        ...(current.mode === mode ? [] : [`mode ${current.mode} → ${mode}`]),
        ...(current.owner === owner ? [] : [`owner ${current.owner} → ${owner}`]),
      ]
      if (differences.length === 0) return null
      return { summary: differences.join(', '), ...(sameContent ? {} : diff(current.content)) }
    },
    apply: (host) => host.write(path, content, { mode, owner, staging }),
  })
}
