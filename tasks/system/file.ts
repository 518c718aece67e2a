import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { type Change, Secret, type Task, task } from '../../runner/index.ts'

export interface FileOptions {
  /** Octal. Default 644, for a secret 600. */
  mode?: string
  owner?: string
  notify?: readonly Task[]
  /** Where the temporary file lies; see Host.write. */
  staging?: string
}

/** A content larger than this (bytes) is compared by its digest, and is no part of a diff. */
const large = 64 * 1024

/** A file has this content, mode and owner. */
export function file(
  path: string,
  content: string | Secret,
  { mode = content instanceof Secret ? '600' : '644', owner = 'root:root', notify, staging }: FileOptions = {},
): Task {
  const whole = content instanceof Secret ? content.reveal() : content
  const small = Buffer.byteLength(whole) <= large
  const wanted = small ? whole : createHash('sha256').update(whole).digest('hex')
  return task<Change>({
    name: `file ${path}`,
    notify,
    check: async (host) => {
      const seen = await host.file(path, { digest: !small })
      if (!seen) return { summary: 'new', ...(small ? texts(content, undefined) : {}) }
      const differs = [
        ...(seen.content === wanted ? [] : ['content']),
        ...(seen.mode === mode ? [] : [`mode ${seen.mode} → ${mode}`]),
        ...(seen.owner === owner ? [] : [`owner ${seen.owner} → ${owner}`]),
      ]
      return differs.length === 0
        ? null
        : { summary: differs.join(', '), ...(seen.content === wanted || !small ? {} : texts(content, seen.content)) }
    },
    apply: (host) => host.write(path, content, { mode, owner, staging }),
  })
}

/** A secret file's texts are never part of a change. */
const texts = (content: string | Secret, before: string | undefined): Partial<Change> =>
  content instanceof Secret ? {} : { before: before ?? '', after: content }

/** A symbolic link points there. */
export function link(path: string, target: string): Task {
  return task<Change>({
    name: `link ${path}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`readlink -- ${path}`
      return stdout.trim() === target ? null : { summary: `→ ${target}` }
    },
    apply: async (host) => {
      await host.$`mkdir -p -- ${posix.dirname(path)}; ln -sfn -- ${target} ${path}`
    },
  })
}
