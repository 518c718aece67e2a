import { posix } from 'node:path'
import { type Change, type HostView, Secret, type Task, task } from '../runner/index.ts'

export interface FileOptions {
  /** Octal. Default 644, for a secret 600. */
  mode?: string
  owner?: string
  notify?: readonly Task[]
  /** Where the temporary file lies; see Host.write. */
  staging?: string
}

interface Seen {
  mode: string
  owner: string
  content: string
}

/** Mode, owner and content of a file in one command; null if there is none. */
export async function seeFile(host: HostView, path: string): Promise<Seen | null> {
  const { stdout } = await host.$`if [ -f ${path} ]; then stat -c '%a %U:%G' -- ${path}; cat -- ${path}; fi`
  if (stdout === '') return null
  const end = stdout.indexOf('\n')
  const [mode, owner] = stdout.slice(0, end).split(' ') as [string, string]
  return { mode, owner, content: stdout.slice(end + 1) }
}

/** A file has this content, mode and owner. */
export function file(path: string, content: string | Secret, { mode = content instanceof Secret ? '600' : '644', owner = 'root:root', notify, staging }: FileOptions = {}): Task {
  const wanted = content instanceof Secret ? content.reveal() : content
  return task<Change>({
    name: `file ${path}`,
    notify,
    check: async (host) => {
      const seen = await seeFile(host, path)
      if (!seen) return { summary: 'new', ...texts(content, undefined) }
      const differs = [
        ...(seen.content === wanted ? [] : ['content']),
        ...(seen.mode === mode ? [] : [`mode ${seen.mode} → ${mode}`]),
        ...(seen.owner === owner ? [] : [`owner ${seen.owner} → ${owner}`]),
      ]
      return differs.length === 0 ? null : { summary: differs.join(', '), ...(seen.content === wanted ? {} : texts(content, seen.content)) }
    },
    apply: (host) => host.write(path, content, { mode, owner, staging }),
  })
}

/** A secret file's texts are never part of a change. */
const texts = (content: string | Secret, before: string | undefined): Partial<Change> => (content instanceof Secret ? {} : { before: before ?? '', after: content })

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
