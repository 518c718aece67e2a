import {
  type Change,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
} from '../../runner/index.ts'
import { noSuchUser } from './accounts.ts'
import { verifyAccountName } from './names.ts'
import { parseKey, parseKeys, type PublicKey } from './public-key.ts'

export interface AuthorizedKeysOptions extends TaskOptions {
  /** All other keys are removed; comments stay. Default: false. */
  exclusive?: boolean
}

/** What is there. A missing folder or file has no mode. */
interface Found {
  home: string
  folder: { mode: string; owner: string } | null
  file: { mode: string; owner: string; content: string } | null
}

interface KeysChange extends Change {
  found: Found
  content: string
}

/**
 * A user can log in by ssh with these keys, lines of authorized_keys with their options and comments. A key that is there
 * with other options or another comment gets those of the line; other keys stay, unless `exclusive`. ~/.ssh gets the
 * mode 700 and the file 600, and both belong to the user. What is a link is refused.
 *
 * @example
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHGVdk8E2cSbKYs9OFlzm1CbkxbTzzlbtbdPqWfHpP0c pat@laptop'
 * authorizedKeys('deploy', [`from="10.0.0.0/8" ${key}`])
 * authorizedKeys('deploy', [key], { exclusive: true })
 */
export function authorizedKeys(
  user: string,
  keys: readonly string[],
  { exclusive = false, notify, tags }: AuthorizedKeysOptions = {},
): Task {
  verifyAccountName('user', user)
  const wanted = parseKeys(user, keys)
  return task<KeysChange>({
    ...{ name: `keys of ${user}`, notify, tags },
    check: async (host) => {
      const found = await look(host, user)
      const before = found.file?.content ?? ''
      const content = withKeys(before, wanted, exclusive)
      if (
        host.connection !== 'local' &&
        host.login.user === user &&
        before !== '' &&
        !content.split('\n').some(parseKey)
      )
        throw new UnsafeError(`no key of ${user} would be left, and this host is reached as ${user}`, {
          hint: 'Name at least the key that you log in with.',
        })
      const summary = differences(user, found, content).join(', ')
      return summary === '' ? null : { summary, ...(content !== before && { before, after: content }), found, content }
    },
    apply: (host, { found: { home }, content }) =>
      put(host, user, { home, content, modes: ['700', '600'], owners: [`${user}:`, `${user}:`] }),
    undo: (host, { found }) => takeBack(host, user, found),
  })
}

/**
 * As root in a folder of the user, who could put a link in its place at any time: the folder is entered once, and
 * proven to be no link, and a link in it is not followed.
 */
const enter = `cd -- "$1"
home=$(pwd -P)
cd .ssh
[ "$(pwd -P)" = "\${home%/}/.ssh" ] || { echo '.ssh is a link' >&2; exit 3; }
`

const lookScript = `[ -e "$1/.ssh" ] || [ -L "$1/.ssh" ] || exit 0
${enter}stat -c '%a %U' .
[ -e authorized_keys ] || [ -L authorized_keys ] || exit 0
[ -f authorized_keys ] && [ ! -L authorized_keys ] || { echo 'authorized_keys is a link, or no file' >&2; exit 3; }
stat -c '%a %U' authorized_keys
dd if=authorized_keys iflag=nofollow,nonblock status=none`

/** The file is written with the rights of the user. Root gives what it has made to the user first. */
const putScript = `user=$2
[ -e "$1/.ssh" ] || mkdir -m 700 -- "$1/.ssh"
${enter}chown -- "$user:" .
chmod 700 .
as_user() { if [ "$(id -un)" = "$user" ]; then "$@"; else runuser -u "$user" -- "$@"; fi; }
as_user sh -euc 'umask 077; t=$(mktemp ./.authorized_keys.XXXXXX); cat >"$t"; mv -fT -- "$t" authorized_keys'
as_user chmod "$6" authorized_keys
chown -h -- "$4" authorized_keys
chmod "$5" .
chown -- "$3" .`

async function look(host: HostView, user: string): Promise<Found> {
  const passwd = (await host.$`getent passwd ${user} || [ $? -eq 2 ]`).stdout
  if (passwd === '') throw noSuchUser(user)
  const home = passwd.split(':')[5] ?? ''
  if ((await host.$({ nothrow: true })`test -d ${home}`).exitCode !== 0)
    throw new MissingError(`the home folder of ${user} is not there: ${home}`, { hint: 'Make it first.' })
  const { stdout, stderr, exitCode } = await host.quiet({ nothrow: true })`${['sh', '-euc', lookScript, 'sh', home]}`
  if (exitCode !== 0)
    throw new UnsafeError(`${home}/.ssh cannot be used: ${stderr.trim()}`, {
      hint: 'Look at what it is, and put a folder with a file in its place.',
    })
  if (stdout.includes('\uFFFD'))
    throw new UnsafeError(`${home}/.ssh/authorized_keys is not valid UTF-8, so an edit could damage it`, {
      hint: 'Correct its characters on the host first.',
    })
  const [folder = '', file = '', ...lines] = stdout.split('\n')
  const parsed = (line: string): { mode: string; owner: string } | null => {
    const [mode = '', owner = ''] = line.split(' ')
    return mode ? { mode, owner } : null
  }
  const state = parsed(file)
  return { home, folder: parsed(folder), file: state && { ...state, content: lines.join('\n') } }
}

/** The file with the wanted keys: each in its place, or at the end; other lines as they are. */
function withKeys(content: string, wanted: readonly PublicKey[], exclusive: boolean): string {
  const missing = new Map(wanted.map((key) => [key.id, key.line]))
  const lines = content.split(/(?<=\n)/).flatMap((line) => {
    const id = parseKey(line)?.id ?? ''
    const own = missing.get(id)
    if (own !== undefined) {
      missing.delete(id)
      return [own === line.trim() ? line : `${own}\n`]
    }
    const isKept = !wanted.some((key) => key.id === id) && (!exclusive || /^\s*(#|$)/.test(line))
    return isKept ? [line] : []
  })
  const text = lines.join('')
  const end = text === '' || text.endsWith('\n') || missing.size === 0 ? '' : '\n'
  return `${text}${end}${[...missing.values()].map((line) => `${line}\n`).join('')}`
}

function differences(user: string, { folder, file }: Found, content: string): string[] {
  const said: string[] = []
  if (content !== (file?.content ?? '')) {
    const [before, after] = [file?.content ?? '', content].map((text) =>
      text.split('\n').flatMap((each) => parseKey(each) ?? []),
    )
    const count = (of: readonly PublicKey[] = [], not: readonly PublicKey[] = []): number =>
      of.filter(({ id }) => !not.some((other) => other.id === id)).length
    const [more, fewer] = [count(after, before), count(before, after)]
    said.push(...(more ? [`${more} new`] : []), ...(fewer ? [`${fewer} removed`] : []))
    if (!more && !fewer) said.push('options or comments')
  }
  if (folder && folder.mode !== '700') said.push(`~/.ssh mode ${folder.mode} → 700`)
  if (folder && folder.owner !== user) said.push(`~/.ssh owner ${folder.owner} → ${user}`)
  if (file && file.mode !== '600') said.push(`mode ${file.mode} → 600`)
  if (file && file.owner !== user) said.push(`owner ${file.owner} → ${user}`)
  return said
}

interface Put {
  home: string
  content: string
  /** Of the folder and of the file. */
  modes: readonly [string, string]
  owners: readonly [string, string]
}

const put = (host: Host, user: string, { home, content, modes, owners }: Put): Promise<unknown> =>
  host.quiet({
    input: content,
  })`${['sh', '-euc', putScript, 'sh', home, user, ...owners, ...modes]}`

async function takeBack(host: Host, user: string, { home, folder, file }: Found): Promise<void> {
  const argv = ['sh', '-euc']
  if (!folder)
    await host.$`${[...argv, `[ -d "$1/.ssh" ] || exit 0\n${enter}rm -f authorized_keys; cd ..; rmdir .ssh`, 'sh', home]}`
  else if (!file) await host.$`${[...argv, `${enter}rm -f authorized_keys`, 'sh', home]}`
  if (!folder) return
  if (file)
    await put(host, user, {
      home,
      content: file.content,
      modes: [folder.mode, file.mode],
      owners: [folder.owner, file.owner],
    })
  else await host.$`${[...argv, `${enter}chown -- "$2" .; chmod "$3" .`, 'sh', home, folder.owner, folder.mode]}`
}
