import { userInfo } from 'node:os'
import { message, UsageError } from '../../errors.ts'
import { expandHome } from '../../home-path.ts'
import { type Findings, findings } from './file.ts'
import { expand, tokensOf } from './tokens.ts'
import { duration, firstWord, flag, number } from './values.ts'

/** What an ssh_config sets for a host. What it does not set is undefined. Times are in ms. */
export interface HostConfig {
  hostName?: string
  user?: string
  port?: number
  identities?: readonly string[]
  identitiesOnly?: boolean
  /** The agent's socket; false means no agent. */
  agent?: string | false
  forwardAgent?: boolean
  /** The hosts to go through as `user@host:port`, the first one first. */
  jump?: readonly string[]
  knownHosts?: readonly string[]
  /** The known_hosts files of the whole machine. */
  globalKnownHosts?: readonly string[]
  proxyCommand?: string
  /** What else it needs that only the ssh program can do, as text for a message. */
  beyond?: string
  /** The time between two keepalive messages; 0 means none are sent. */
  aliveInterval?: number
  aliveCount?: number
  connectTimeout?: number
  /** The name under which known_hosts files list the host. */
  keyAlias?: string
}

/**
 * What some ssh_config files set for a host, by ssh_config(5): of each keyword the first value. Files that do not exist
 * are skipped.
 * @param user who logs in, if that is decided outside the files.
 * @throws UsageError for a file that cannot be read, or a value that is not valid
 */
export function hostConfig(files: readonly string[], host: string, user?: string): HostConfig {
  const found = read(files, host, user)
  const one = (keyword: string): string | undefined => firstWord(found, keyword)
  const name = one('hostname')
  const hostName = name === undefined ? undefined : expand(name, { h: host }).toLowerCase()
  const tokens = tokensOf({
    host: hostName ?? host.toLowerCase(),
    original: host,
    user: user ?? one('user') ?? userInfo().username,
    port: one('port') ?? '22',
    alias: one('hostkeyalias'),
  })
  const paths = (words: readonly string[] | undefined): string[] | undefined =>
    words?.filter((path) => !isNone(path)).map((path) => expandPath(path, tokens))
  const config: HostConfig = {
    hostName,
    user: one('user'),
    port: number(found, 'port'),
    identities: paths(found.all.get('identityfile')),
    identitiesOnly: flag(found, 'identitiesonly'),
    agent: agentOf(one('identityagent'), tokens),
    forwardAgent: flag(found, 'forwardagent'),
    jump: jumpOf(one('proxyjump')),
    proxyCommand: isNone(one('proxycommand')) ? undefined : one('proxycommand'),
    beyond: beyondUs(found),
    knownHosts: paths(found.first.get('userknownhostsfile')?.words),
    globalKnownHosts: paths(found.first.get('globalknownhostsfile')?.words),
    aliveInterval: duration(found, 'serveraliveinterval'),
    aliveCount: number(found, 'serveralivecountmax'),
    connectTimeout: duration(found, 'connecttimeout'),
    keyAlias: one('hostkeyalias')?.toLowerCase(),
  }
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

/** @throws UsageError */
function read(files: readonly string[], host: string, user: string | undefined): Findings {
  try {
    return findings(files, host, user)
  } catch (cause) {
    throw new UsageError(`${files.join(' and ')} cannot be read: ${message(cause)}`, {
      cause,
      hint: 'Fix the file, or name another one with `ssh_config`, or use none: `ssh_config: false`.',
    })
  }
}

const isNone = (text: string | undefined): boolean => text?.toLowerCase() === 'none'

function agentOf(value: string | undefined, tokens: Record<string, string>): string | false | undefined {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return undefined
  if (isNone(value)) return false
  return value.startsWith('$') ? process.env[value.replace(/^\$\{?(\w+)\}?$/, '$1')] : expandPath(value, tokens)
}

function jumpOf(value: string | undefined): string[] | undefined {
  if (value === undefined) return undefined
  return isNone(value) ? [] : value.split(',').map((hop) => hop.trim())
}

/** What only the ssh program can do, as text for a message; undefined if there is nothing. */
function beyondUs(found: Findings): string | undefined {
  if (found.undecided !== undefined) return `'${found.undecided}' in your ssh_config`
  if ((found.all.get('certificatefile') ?? []).length > 0) return 'CertificateFile in your ssh_config'
  if (/^(yes|always|true)$/i.test(firstWord(found, 'canonicalizehostname') ?? ''))
    return 'CanonicalizeHostname in your ssh_config'
  return isNone(firstWord(found, 'pkcs11provider') ?? 'none') ? undefined : 'PKCS11Provider in your ssh_config'
}

/** Replaces environment variables, tokens and `~` in a path. */
function expandPath(path: string, tokens: Record<string, string>): string {
  const variables = path.replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '')
  const expanded = expand(variables, tokens)
  return expandHome(expanded)
}
