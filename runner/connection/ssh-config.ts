import { userInfo } from 'node:os'
import { message, UsageError } from '../errors.ts'
import { expandHome } from '../home-path.ts'
import { expand, type Findings, findings, tokensOf } from './ssh-config-file.ts'

/** What an ssh_config says of a host; what it does not say is undefined. */
export interface HostConfig {
  hostName?: string
  user?: string
  port?: number
  identities?: readonly string[]
  identitiesOnly?: boolean
  /** The agent's socket; false: none. */
  agent?: string | false
  forwardAgent?: boolean
  /** `user@host:port`, the first hop first. */
  jump?: readonly string[]
  knownHosts?: readonly string[]
  /** Those of the whole machine. */
  globalKnownHosts?: readonly string[]
  proxyCommand?: string
  /** What else it wants that only the ssh program can do. */
  beyond?: string
  /** Between two keepalives, in ms; 0: none. */
  aliveInterval?: number
  aliveCount?: number
  /** In ms. */
  connectTimeout?: number
  /** The name under which known_hosts files list it. */
  keyAlias?: string
}

/**
 * What some ssh_config files say of a host, by ssh_config(5): of one keyword the value that comes first. A file that is not there says nothing.
 * @param user who logs in, where something stronger than the files says so.
 * @throws UsageError for one that can't be read
 */
export function hostConfig(files: readonly string[], host: string, user?: string): HostConfig {
  let found: Findings
  try {
    found = findings(files, host, user)
  } catch (cause) {
    throw new UsageError(`${files.join(' and ')} can't be read: ${message(cause)}`, {
      cause,
      hint: 'Mend it, or name another with `ssh_config`, or none: ssh_config: false.',
    })
  }
  const one = (key: string): string | undefined => found.first.get(key)?.words[0]
  const number = (key: string): number | undefined => {
    const value = found.first.get(key)
    if (value === undefined || /^\d+$/.test(value.words[0]!)) return value && Number(value.words[0])
    throw new UsageError(`${value.file}:${value.line}: '${value.words[0]!}' is no number for ${key}`)
  }
  const yes = (key: string): boolean | undefined =>
    one(key) === undefined ? undefined : !/^(no|false)$/i.test(one(key)!)
  const time = (key: string): number | undefined => (one(key) === undefined ? undefined : duration(one(key)!))
  const hostName = one('hostname') === undefined ? undefined : expand(one('hostname')!, { h: host }).toLowerCase()
  const tokens = tokensOf({
    host: hostName ?? host.toLowerCase(),
    original: host,
    user: user ?? one('user') ?? userInfo().username,
    port: one('port') ?? '22',
    alias: one('hostkeyalias'),
  })
  const paths = (words: readonly string[] | undefined): string[] | undefined =>
    words?.filter((path) => path.toLowerCase() !== 'none').map((path) => place(path, tokens))
  const agent = one('identityagent')
  const jump = one('proxyjump')
  const command = one('proxycommand')
  const all: HostConfig = {
    hostName,
    user: one('user'),
    port: number('port'),
    identities: paths(found.all.get('identityfile')),
    identitiesOnly: yes('identitiesonly'),
    agent:
      agent === undefined || agent === 'SSH_AUTH_SOCK'
        ? undefined
        : agent.toLowerCase() === 'none'
          ? false
          : agent.startsWith('$')
            ? process.env[agent.replace(/^\$\{?(\w+)\}?$/, '$1')]
            : place(agent, tokens),
    forwardAgent: yes('forwardagent'),
    jump:
      jump === undefined ? undefined : jump.toLowerCase() === 'none' ? [] : jump.split(',').map((hop) => hop.trim()),
    proxyCommand: command?.toLowerCase() === 'none' ? undefined : command,
    beyond: beyondUs(found),
    knownHosts: paths(found.first.get('userknownhostsfile')?.words),
    globalKnownHosts: paths(found.first.get('globalknownhostsfile')?.words),
    aliveInterval: time('serveraliveinterval'),
    aliveCount: number('serveralivecountmax'),
    connectTimeout: time('connecttimeout'),
    keyAlias: one('hostkeyalias')?.toLowerCase(),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** What ssh2 knows nothing of. */
function beyondUs({ first, all, undecided }: Findings): string | undefined {
  if (undecided !== undefined) return `'${undecided}' in your ssh_config`
  if ((all.get('certificatefile') ?? []).length > 0) return 'CertificateFile in your ssh_config'
  if (/^(yes|always|true)$/i.test(first.get('canonicalizehostname')?.words[0] ?? ''))
    return 'CanonicalizeHostname in your ssh_config'
  return (first.get('pkcs11provider')?.words[0] ?? 'none').toLowerCase() === 'none'
    ? undefined
    : 'PKCS11Provider in your ssh_config'
}

/** `90`, `1m30s`, by sshd_config(5) TIME FORMATS, in ms; undefined for `none` and what is no time. */
function duration(text: string): number | undefined {
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, '': 1 }
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)]
  if (parts.map(([part]) => part).join('') !== text.toLowerCase() || parts.length === 0) return undefined
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0) * 1000
}

const place = (path: string, tokens: Record<string, string>): string => {
  const at = expand(
    path.replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? ''),
    tokens,
  )
  return expandHome(at)
}
