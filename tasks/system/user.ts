import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  Secret,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
  UsageError,
} from '../../runner/index.ts'
import { type Account, type Accounts, readAccounts, verifyGroups } from './accounts.ts'
import { verifyAccountName, verifyLine, verifyNumber, verifyPath } from './names.ts'

export interface UserOptions extends TaskOptions {
  /** The number. Default: the next one that is free. */
  uid?: number
  /** The primary group. Default for a new user: one of the user's name, which is made if it is missing. */
  group?: string
  /** Additional groups. */
  groups?: readonly string[]
  /** The user stays in other groups than `groups`. Default: true. */
  append?: boolean
  /** Default for a new user: /bin/bash, for a system user /usr/sbin/nologin. */
  shell?: string
  /** Default for a new user: as useradd has it, /home/NAME. The folder of a user who is there is not moved. */
  home?: string
  /** A new user gets a number below 1000, and no home folder. Default: false. */
  system?: boolean
  /** Who it is, in words. */
  comment?: string
  /** The hash of the password, as `mkpasswd -m yescrypt` or `openssl passwd -6` prints it. */
  password?: Secret
  /** No password is accepted; keys of ssh still are. Default: as it is. */
  locked?: boolean
  /** Default: present. `absent`: there is no such user. Its home folder stays, and this has no undo. */
  state?: 'present' | 'absent'
}

interface UserChange extends Change {
  previous: Account | null
  /** The arguments of useradd or usermod, without the name. */
  argv: readonly string[]
  /** The new content of the password's field. */
  hash?: string
  previousHash?: string
  /** Of a new user: whether its home folder is there already, and the group of its name. */
  hadHome?: boolean
  previousGroup?: { gid: number }
}

/**
 * A user exists with these settings, or does not exist. What is not named stays as it is.
 *
 * @example
 * user('deploy', { groups: ['docker'], comment: 'Releases' })
 * user('shop', { system: true, home: '/var/lib/shop' })
 * user('pat', { shell: '/bin/bash', locked: true })
 */
export function user(name: string, options: UserOptions = {}): Task {
  verifyOptions(name, options)
  const { notify, tags } = options
  return options.state === 'absent'
    ? task<Change>({
        ...{ name: `no user ${name}`, notify, tags },
        check: async (host) => {
          const { account } = await readAccounts(host, name)
          if (account && (host.login.user === name || account.uid === 0))
            throw new UnsafeError(`${name} is root, or the user who logs in to this host, and is not removed`)
          return account && { summary: `remove, uid ${account.uid}` }
        },
        apply: (host) => host.$`userdel -- ${name}`,
      })
    : task<UserChange>({
        ...{ name: `user ${name}`, notify, tags },
        check: async (host) => {
          const accounts = await readAccounts(host, name)
          const wanted = [...(options.group === undefined ? [] : [options.group]), ...(options.groups ?? [])]
          verifyGroups(accounts.groups, wanted)
          return accounts.account
            ? change(host, name, { ...options, previous: accounts.account })
            : creation(host, name, { ...options, accounts })
        },
        apply: (host, found) => make(host, name, found),
        undo: (host, found) => takeBack(host, name, found),
      })
}

/** @throws UsageError */
function verifyOptions(name: string, { uid, group, groups = [], shell, home, comment, password }: UserOptions): void {
  verifyAccountName('user', name)
  verifyNumber('uid', uid)
  for (const each of [...(group === undefined ? [] : [group]), ...groups]) verifyAccountName('group', each)
  if (shell !== undefined) verifyPath('shell', shell)
  if (home !== undefined) verifyPath('home', home)
  if (comment) verifyLine('comment', comment)
  if (comment?.includes(':'))
    throw new UsageError(`user ${name}: the comment has a colon, which /etc/passwd cannot hold`)
  if (password === undefined) return
  const hint = 'Give its hash as a secret: play.secret(…), with what `mkpasswd -m yescrypt` printed.'
  if (!(password instanceof Secret)) throw new UsageError(`user ${name}: the password is not a secret`, { hint })
  if (!/^\$[0-9a-z]+\$[^:\s]+$/.test(password.reveal()))
    throw new UsageError(`user ${name}: the password is not a hash`, { hint })
}

/** What makes a user who is not there. @throws MissingError */
async function creation(
  host: HostView,
  name: string,
  { accounts: { groups }, ...options }: UserOptions & { accounts: Accounts },
): Promise<UserChange> {
  const { uid, group, system = false, home, comment, password, locked } = options
  const { shell = system ? '/usr/sbin/nologin' : '/bin/bash' } = options
  if (locked === false && !password) throw withoutPassword(name)
  if (options.shell !== undefined) await verifyShell(host, shell)
  const previousGroup = groups.get(name)
  const primary = group ?? (previousGroup ? name : undefined)
  const homeState = await host.stat(home ?? `/home/${name}`, { follow: true })
  const settings = [
    ...(uid === undefined ? [] : ['--uid', String(uid)]),
    ...(primary === undefined ? [] : ['--gid', primary]),
    ...(options.groups?.length ? ['--groups', options.groups.join(',')] : []),
    ...(home === undefined ? [] : ['--home-dir', home]),
    ...(comment === undefined ? [] : ['--comment', comment]),
  ]
  return {
    summary: ['new', ...described(settings), ...(password ? ['password'] : []), ...(locked ? ['locked'] : [])].join(
      ', ',
    ),
    previous: null,
    argv: [...settings, '--shell', shell, ...(system ? ['--system', '--no-create-home'] : ['--create-home'])],
    ...(password && { hash: `${locked ? '!' : ''}${password.reveal()}` }),
    hadHome: homeState !== null,
    ...(previousGroup && { previousGroup: { gid: previousGroup.gid } }),
  }
}

/** `--home-dir /srv/x` is said as `home-dir /srv/x`. */
const described = (settings: readonly string[]): string[] =>
  settings.flatMap((each, index) => (index % 2 === 0 ? [`${each.slice(2)} ${settings[index + 1]}`] : []))

/** What must change of a user who is there; null if nothing. @throws MissingError | CutoverError */
async function change(
  host: HostView,
  name: string,
  { previous, ...options }: UserOptions & { previous: Account },
): Promise<UserChange | null> {
  const { uid, group, shell, home, comment, password, locked } = options
  const differences: [text: string, argv: string[]][] = []
  const compare = (flag: string, wanted: string | undefined, current: string): void => {
    if (wanted !== undefined && wanted !== current)
      differences.push([`${flag} ${current || 'none'} → ${wanted || 'none'}`, [`--${flag}`, wanted]])
  }
  compare('uid', uid === undefined ? undefined : String(uid), String(previous.uid))
  compare('gid', group, previous.group)
  compare('shell', shell, previous.shell)
  compare('home', home, previous.home)
  compare('comment', comment, previous.comment)
  if (shell !== undefined && shell !== previous.shell) await verifyShell(host, shell)
  differences.push(...groupDifferences(options, previous))
  const previousHash = password || locked !== undefined ? await readHash(host, name) : undefined
  const hash = previousHash === undefined ? undefined : wantedHash(name, previousHash, { password, locked })
  if (hash !== undefined && hash !== previousHash) differences.push([saidOfHash(previousHash ?? '', hash), []])
  if (differences.length === 0) return null
  return {
    summary: differences.map(([text]) => text).join(', '),
    previous,
    argv: differences.flatMap(([, argv]) => argv),
    ...(hash !== previousHash && { hash, previousHash }),
  }
}

function groupDifferences({ groups, append = true }: UserOptions, previous: Account): [string, string[]][] {
  const current = previous.groups
  const more = groups?.filter((name) => !current.includes(name) && (!append || name !== previous.group)) ?? []
  const fewer = append || !groups ? [] : current.filter((name) => !groups.includes(name))
  if (more.length === 0 && fewer.length === 0) return []
  const text = [...more.map((name) => `+${name}`), ...fewer.map((name) => `-${name}`)].join(' ')
  const argv = append ? ['--append', '--groups', more.join(',')] : ['--groups', (groups ?? []).join(',')]
  return [[`groups ${text}`, argv]]
}

/** @throws CutoverError without the right to read it */
async function readHash(host: HostView, name: string): Promise<string> {
  const { stdout } = await host.quiet`getent shadow ${name} || [ $? -eq 2 ]`
  if (stdout === '')
    throw new CutoverError(`the password of ${name} cannot be read`, {
      hint: 'Only root can: does the host have become? Is the user one of /etc/passwd?',
    })
  return stdout.split(':')[1] ?? ''
}

/** The field of the password as it should be. A lock that is not named stays. @throws UnsafeError */
function wantedHash(name: string, current: string, { password, locked }: Pick<UserOptions, 'password' | 'locked'>) {
  const existing = current.replace(/^!+/, '')
  const isHash = existing !== '' && existing !== '*'
  if (!password && !isHash) {
    if (locked === false && current !== '') throw withoutPassword(name)
    return locked && current === '' ? '!' : current
  }
  return `${(locked ?? (current.startsWith('!') && isHash)) ? '!' : ''}${password?.reveal() ?? existing}`
}

const withoutPassword = (name: string): UnsafeError =>
  new UnsafeError(`${name} has no password, so there is nothing to unlock`, { hint: 'Give `password` too.' })

/** A lock is said of a password that was there. */
function saidOfHash(before: string, after: string): string {
  const lock = before.startsWith('!') === after.startsWith('!') ? [] : [after.startsWith('!') ? 'locked' : 'unlocked']
  const [was, is] = [before, after].map((each) => each.replace(/^!+/, ''))
  return [...(was === is ? [] : ['password']), ...(was === '' && !after.startsWith('!') ? [] : lock)].join(', ')
}

/** @throws MissingError */
async function verifyShell(host: HostView, shell: string): Promise<void> {
  const { exitCode } = await host.$({ nothrow: true })`test -x ${shell}`
  if (exitCode !== 0)
    throw new MissingError(`there is no shell ${shell}`, {
      hint: 'Install it first: packages({ present: […] }), or name another shell.',
    })
}

async function make(host: Host, name: string, { previous, argv, hash }: UserChange): Promise<void> {
  if (!previous) await host.$`${['useradd', ...argv, '--', name]}`
  else if (argv.length > 0) await host.$`${['usermod', ...argv, '--', name]}`
  if (hash !== undefined) await setHash(host, name, hash)
}

/** The hash is never an argument, which every user of the host could read. */
const setHash = (host: Host, name: string, hash: string): Promise<unknown> =>
  host.quiet({ input: `${name}:${hash}\n` })`chpasswd --encrypted`

async function takeBack(host: Host, name: string, found: UserChange): Promise<void> {
  const { previous, previousHash, hadHome, previousGroup } = found
  if (!previous) {
    const remove = ['userdel', ...(hadHome || found.argv.includes('--no-create-home') ? [] : ['--remove']), '--', name]
    await host.$`if getent passwd ${name} >/dev/null; then ${remove}; fi`
    // userdel takes the group of the user's name with it.
    if (previousGroup)
      await host.$`getent group ${name} >/dev/null || groupadd --gid ${String(previousGroup.gid)} -- ${name}`
    return
  }
  const { uid, group, groups, comment, home, shell } = previous
  const before = ['--uid', String(uid), '--gid', group, '--groups', groups.join(','), '--comment', comment]
  await host.$`${['usermod', ...before, '--home', home, '--shell', shell, '--', name]}`
  if (previousHash !== undefined) await setHash(host, name, previousHash)
}
