import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'

/** The base64 of a key says which one it is, whatever its options and its comment are. */
const idOf = (line: string): string | undefined =>
  /(?:^|\s)(?:ssh-\S+|ecdsa-\S+|sk-\S+) (AAAA[\w+/=]+)/.exec(line.startsWith('#') ? '' : line)?.[1]

/** The lines of the file, with these keys. */
function withKeys(content: string, keys: readonly string[], exclusive: boolean): string {
  const lines = content.split('\n').filter((line) => line.trim() !== '')
  const kept = lines.flatMap((line) => {
    const id = idOf(line)
    if (id === undefined) return [line]
    const wanted = keys.find((key) => idOf(key) === id)
    return wanted === undefined ? (exclusive ? [] : [line]) : [wanted]
  })
  const missing = keys.filter((key) => !kept.includes(key))
  return [...kept, ...missing].map((line) => `${line}\n`).join('')
}

const authorizedKeys = (user: string, keys: readonly string[], exclusive = false): Task =>
  task<Change & { home: string; after: string }>({
    name: `keys of ${user}`,
    check: async (host) => {
      const home = (await host.$({ nothrow: true })`getent passwd ${user}`).stdout.split(':')[5]
      if (home === undefined) throw new CutoverError(`there is no user ${user}`)
      const folder = `${home}/.ssh`
      const current = await host.file(`${folder}/authorized_keys`)
      const { stdout } = await host.$({ nothrow: true })`stat -c '%a %U' -- ${folder}`
      const before = current?.content ?? ''
      const after = withKeys(before, keys, exclusive)
      const isRight = stdout.trim() === `700 ${user}` && current?.mode === '600' && current.owner.startsWith(`${user}:`)
      if (before === after && isRight) return null
      return { summary: before === after ? 'mode and owner' : 'keys', before, after, home }
    },
    apply: async (host, { home, after }) => {
      // As the user, who could make ~/.ssh a link to a folder of root.
      await host.$({ input: after })`${['runuser', '-u', user, '--', 'sh', '-euc', write, 'sh', home]}`
    },
  })

const write = `umask 077
mkdir -p -- "$1/.ssh"
chmod 700 -- "$1/.ssh"
cat >"$1/.ssh/authorized_keys.new"
mv -f -- "$1/.ssh/authorized_keys.new" "$1/.ssh/authorized_keys"`

/** The keys of two users. `deploy` has no others. */
export const job = (keys: { pat: string; ci: string }): Task[] => [
  authorizedKeys('pat', [keys.pat]),
  authorizedKeys('deploy', [keys.pat, `from="10.0.0.0/8",restrict ${keys.ci}`], true),
]
