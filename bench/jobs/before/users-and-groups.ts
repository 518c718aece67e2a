import { type Change, type HostView, type Secret, type Task, task } from '../../../runner/index.ts'

const group = (name: string, gid: number): Task =>
  task({
    name: `group ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`getent group ${name}`
      if (stdout === '') return { summary: `new, gid ${gid}` }
      const current = stdout.trim().split(':')[2]
      return current === String(gid) ? null : { summary: `gid ${current} → ${gid}` }
    },
    apply: async (host) => {
      await host.$`if getent group ${name}; then groupmod -g ${String(gid)} ${name}; else groupadd -g ${String(gid)} ${name}; fi`
    },
  })

interface UserOptions {
  system?: boolean
  home?: string
  groups?: readonly string[]
  comment?: string
  shell?: string
  /** The hash. */
  password?: Secret
}

interface UserChange extends Change {
  isNew: boolean
  /** The arguments of useradd or usermod. */
  argv: readonly string[]
  password: boolean
}

const user = (name: string, options: UserOptions): Task =>
  task<UserChange>({
    name: `user ${name}`,
    check: (host) => compare(host, name, options),
    apply: async (host, { isNew, argv, password }) => {
      const system = options.system ? ['--system', '--no-create-home'] : ['--create-home']
      if (isNew) await host.$`${['useradd', ...system, ...argv, name]}`
      else if (argv.length > 0) await host.$`${['usermod', '--append', ...argv, name]}`
      // The hash is in no argument list.
      if (password && options.password)
        await host.quiet({ input: `${name}:${options.password.reveal()}` })`chpasswd --encrypted`
    },
  })

async function compare(host: HostView, name: string, options: UserOptions): Promise<UserChange | null> {
  const { groups = [], comment, home, password } = options
  const passwd = (await host.$({ nothrow: true })`getent passwd ${name}`).stdout.trim()
  const isNew = passwd === ''
  const [, , , , currentComment, currentHome, currentShell] = passwd.split(':')
  const member = isNew ? [] : (await host.$`id -nG ${name}`).stdout.trim().split(' ')
  const missing = groups.filter((each) => !member.includes(each))
  const shell = options.shell ?? (isNew ? (options.system ? '/usr/sbin/nologin' : '/bin/bash') : currentShell)
  const argv = [
    ...(comment === undefined || comment === currentComment ? [] : ['--comment', comment]),
    ...(home === undefined || home === currentHome ? [] : ['--home', home]),
    ...(shell === undefined || shell === currentShell ? [] : ['--shell', shell]),
    ...(missing.length === 0 ? [] : ['--groups', missing.join(',')]),
  ]
  const hash = isNew ? '' : (await host.quiet`getent shadow ${name}`).stdout.split(':')[1]
  const isOther = password !== undefined && hash !== password.reveal()
  if (!isNew && argv.length === 0 && !isOther) return null
  const summary = [...(isNew ? ['new'] : []), argv.join(' '), ...(isOther ? ['password'] : [])].join(' ')
  return { summary, isNew, argv, password: isOther }
}

const noUser = (name: string): Task =>
  task({
    name: `no user ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`getent passwd ${name}`
      return stdout === '' ? null : { summary: 'remove' }
    },
    apply: async (host) => {
      await host.$`userdel ${name}`
    },
  })

/** Groups and users of a server, and one who has left. @param password the hash of Ann's password */
export const job = (password: Secret): Task[] => [
  group('web', 2000),
  user('ann', { groups: ['web', 'adm'], comment: 'Ann Lee', shell: '/bin/bash', password }),
  user('shop', { system: true, home: '/var/lib/shop', groups: ['web'] }),
  noUser('guest'),
]
