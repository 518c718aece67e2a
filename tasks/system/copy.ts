import { type Change, sha256, type Task, task } from '../../runner/index.ts'

export interface CopyOptions {
  /** A file of this machine. */
  from: string
  to: string
  /** Octal. */
  mode?: string
  /** `user:group`. */
  owner?: string
}

/** A file of this machine is on the host: compared by digest, sent only if it differs, however large it is. */
export const copy = ({ from, to, mode = '644', owner = 'root:root' }: CopyOptions): Task =>
  task<Change>({
    name: `copy ${to}`,
    check: async (host) => {
      const seen = await host.file(to, { digest: true })
      if (!seen) return { summary: `new, from ${from}` }
      if (seen.content !== (await sha256(from))) return { summary: `other content than ${from}` }
      return seen.mode === mode && seen.owner === owner
        ? null
        : { summary: `${seen.mode} ${seen.owner} → ${mode} ${owner}` }
    },
    apply: (host) => host.upload(from, to, { mode, owner }),
  })
