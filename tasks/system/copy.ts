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
      const { stdout } = await host.quiet({
        nothrow: true,
      })`sha256sum -- ${to} 2>/dev/null | cut -c1-64; stat -c '%a %U:%G' -- ${to} 2>/dev/null`
      const [digest, access] = stdout.trim().split('\n')
      if (!digest) return { summary: `new, from ${from}` }
      if (digest.trim() !== (await sha256(from))) return { summary: `other content than ${from}` }
      return access === `${mode} ${owner}` ? null : { summary: `${access} → ${mode} ${owner}` }
    },
    apply: (host) => host.upload(from, to, { mode, owner }),
  })
