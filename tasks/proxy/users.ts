import { randomBytes } from 'node:crypto'
import { type Change, type Host, type HostView, Secret, type Task, task, UsageError } from '../../runner/index.ts'
import { besideRoute, exposed, secretly } from './dynamic-file.ts'

/** The middleware that asks for a user and a password. It stands in a file of its own: a new password needs no release. */
export const usersMiddleware = (app: string): string => `${app}.users`

/** A user and the bcrypt hash of the password. */
interface Known {
  user: string
  hash: string
}

const line = ({ user, hash }: Known): string => `          - ${JSON.stringify(`${user}:${hash}`)}`

const textOf = (app: string, users: readonly Known[]): string => `# Written by Cutover: who may use ${app}.
http:
  middlewares:
    ${usersMiddleware(app)}:
      basicAuth:
        realm: ${app}
        removeHeader: true
        users:
${users.map(line).join('\n')}
`

/** The users of such a file. */
export const parseUsers = (text: string | null): Known[] =>
  [...(text ?? '').matchAll(/^ +- "([^":]+):([^"]+)"$/gm)].map(([, user = '', hash = '']) => ({ user, hash }))

/** bcrypt reads no more of a password, in bytes. */
const longest = 72

/** Reads lines, a salt or hash and then a password, and prints each password's hash. Each Debian has perl, whose crypt knows bcrypt. */
const crypt =
  'binmode STDIN; while (defined(my $salt = <STDIN>)) { my $password = <STDIN>; chomp($salt, $password); print crypt($password, $salt), "\\n" }'

const hashes = async (host: HostView, pairs: readonly { salt: string; password: Secret }[]): Promise<string[]> => {
  const input = pairs.map(({ salt, password }) => `${salt}\n${password.reveal()}\n`).join('')
  const { stdout } = await host.$({ input: Secret.around(input, 'passwords of users') })`${['perl', '-e', crypt]}`
  return stdout.split('\n').slice(0, -1)
}

/** A salt for bcrypt, whose alphabet is another one than that of base64. Its cost is that of htpasswd: each request pays it. */
export function newSalt(): string {
  const [from, to] = [
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
    './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  ]
  const salt = randomBytes(16).toString('base64').slice(0, 22)
  return `$2y$05$${[...salt].map((letter) => to[from.indexOf(letter)] ?? '.').join('')}`
}

/**
 * Only these users get answers of an app, with their passwords. The host has only the hashes, in a file of root.
 * @throws UsageError for a password that bcrypt would cut off
 */
export function users(app: string, passwords: Readonly<Record<string, Secret>>): Task {
  const path = besideRoute(app, 'users')
  const wanted = Object.entries(passwords)
  for (const [user, password] of wanted)
    if (Buffer.byteLength(password.reveal()) > longest)
      throw new UsageError(`the ${password.label} is longer than ${longest} bytes`, {
        hint: `bcrypt ignores what comes after them. Give ${user} a shorter one: openssl rand -hex 16`,
      })
  const current = async (host: HostView): Promise<boolean> => {
    const known = parseUsers(await host.read(path))
    if (known.map(({ user }) => user).join() !== wanted.map(([user]) => user).join()) return false
    const pairs = known.map(({ user, hash }) => ({ salt: hash, password: passwords[user] ?? Secret.around('', user) }))
    const again = await hashes(host, pairs)
    return known.every(({ hash }, index) => hash === again[index])
  }
  return task<Change>({
    name: `users of ${app}`,
    check: async (host) => {
      if (!(await current(host))) return { summary: wanted.map(([user]) => user).join(', ') }
      return exposed(host, path)
    },
    apply: async (host: Host) => {
      const made = await hashes(
        host,
        wanted.map(([, password]) => ({ salt: newSalt(), password })),
      )
      const content = textOf(
        app,
        wanted.map(([user], index) => ({ user, hash: made[index] ?? '' })),
      )
      await host.write(path, Secret.around(content, `users of ${app}`), secretly)
    },
  })
}
