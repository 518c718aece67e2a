import { type Change, sha256, type Task, task } from '../../runner/index.ts'

export interface CopyOptions {
  /** A file of this machine. */
  from: string
  to: string
  /** Octal. Default 644. */
  mode?: string
  /** `user:group`. Default root:root. */
  owner?: string
}

/**
 * A file of this machine is on the host. However large it is, only its digest is compared, and it is sent only if it
 * differs.
 */
export const copy = ({ from, to, mode = '644', owner = 'root:root' }: CopyOptions): Task =>
  task<Change>({
    name: `copy ${to}`,
    check: async (host) => {
      const current = await host.file(to, { digest: true })
      if (!current) return { summary: `new, from ${from}` }
      if (current.content !== (await sha256(from))) return { summary: `other content than ${from}` }
      return current.mode === mode && current.owner === owner
        ? null
        : { summary: `${current.mode} ${current.owner} → ${mode} ${owner}` }
    },
    apply: (host) => host.upload(from, to, { mode, owner }),
  })
