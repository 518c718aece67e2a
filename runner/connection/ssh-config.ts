import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import SSHConfig from 'ssh-config'
import { message, UsageError } from '../errors.ts'
import { glob } from '../glob.ts'

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
  /** Between two keepalives, in ms; 0: none. */
  aliveInterval?: number
  aliveCount?: number
  /** In ms. */
  connectTimeout?: number
  /** The name under which known_hosts files list it. */
  keyAlias?: string
}

/** Includes in includes, as OpenSSH allows. */
const deepest = 16

const read = new Map<string, SSHConfig>()

/**
 * What an ssh_config file says of a host, by ssh_config(5): the first value of a key counts. Of `Match`, `host`,
 * `originalhost`, `user`, `all` and `exec`. A file that is not there says nothing.
 * @throws UsageError for one that can't be read
 */
export function hostConfig(file: string, host: string, user?: string): HostConfig {
  let config = read.get(file)
  if (!config) {
    try {
      config = SSHConfig.parse(existsSync(file) ? expanded(file, 0) : '')
    } catch (cause) {
      throw new UsageError(`${file} can't be read: ${message(cause)}`, { cause, hint: 'Mend it, or name another with `ssh_config`, or none: ssh_config: false.' })
    }
    read.set(file, config)
  }
  const found = config.compute({ Host: host, ...(user !== undefined && { User: user }) }, { ignoreCase: true }) as Record<string, string | string[] | undefined>
  const one = (key: string): string | undefined => [found[key] ?? []].flat()[0]
  const number = (key: string): number | undefined => (one(key) === undefined ? undefined : Number(one(key)))
  const yes = (key: string): boolean | undefined => (one(key) === undefined ? undefined : one(key)!.toLowerCase() === 'yes')
  const hostName = one('hostname')?.replaceAll('%h', host).replaceAll('%%', '%')
  const tokens = { h: hostName ?? host, n: host, r: one('user') ?? user ?? process.env.USER ?? 'root', p: one('port') ?? '22' }
  const paths = (key: string): string[] | undefined => (found[key] === undefined ? undefined : [found[key]].flat().flatMap((each) => each.split(/\s+(?=[~/])/)).map((path) => place(path, tokens)))
  const time = (key: string): number | undefined => (one(key) === undefined ? undefined : duration(one(key)!))
  const agent = one('identityagent')
  const jump = one('proxyjump')
  const all: HostConfig = {
    hostName,
    user: one('user'),
    port: number('port'),
    identities: paths('identityfile'),
    identitiesOnly: yes('identitiesonly'),
    agent: agent === undefined || agent === 'SSH_AUTH_SOCK' ? undefined : agent === 'none' ? false : agent.startsWith('$') ? process.env[agent.slice(1)] : place(agent, tokens),
    forwardAgent: yes('forwardagent'),
    jump: jump === undefined ? undefined : jump === 'none' ? [] : jump.split(',').map((hop) => hop.trim()),
    knownHosts: paths('userknownhostsfile'),
    aliveInterval: time('serveraliveinterval'),
    aliveCount: number('serveralivecountmax'),
    connectTimeout: time('connecttimeout'),
    keyAlias: one('hostkeyalias'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** `90`, `1m30s`, by sshd_config(5) TIME FORMATS, in ms; undefined for `none` and what is no time. */
function duration(text: string): number | undefined {
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, '': 1 }
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)]
  if (parts.map(([part]) => part).join('') !== text.toLowerCase() || parts.length === 0) return undefined
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0) * 1000
}

const place = (path: string, tokens: Record<string, string>): string => {
  const at = path.replace(/^"|"$/g, '').replace(/%([dhnrpu%])/g, (_, token: string) => (token === '%' ? '%' : token === 'd' ? homedir() : token === 'u' ? (process.env.USER ?? 'root') : tokens[token]!))
  return at.startsWith('~/') ? join(homedir(), at.slice(2)) : at
}

/** A file's text with its `Include`s in place. What follows one belongs to the same section as what came before it. */
function expanded(file: string, depth: number): string {
  if (depth > deepest) throw new Error(`more than ${deepest} Includes in one another`)
  let section = 'Host *'
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (/^\s*(host|match)[\s=]/i.test(line)) section = line.trim()
      const include = /^\s*include[\s=]+(.*)$/i.exec(line)
      if (!include) return [line]
      const patterns = include[1]!.trim().match(/"[^"]+"|\S+/g) ?? []
      return [...patterns.flatMap((pattern) => matching(pattern.replaceAll('"', ''), file)).map((each) => expanded(each, depth + 1)), section]
    })
    .join('\n')
}

/** The files of an Include: `~` is home, a relative one lies in ~/.ssh, its last part may be a pattern. */
function matching(pattern: string, from: string): string[] {
  const base = from.startsWith('/etc/') ? '/etc/ssh' : join(homedir(), '.ssh')
  const path = resolve(base, pattern.replace(/^~(?=\/)/, homedir()))
  if (!/[*?]/.test(path)) return existsSync(path) ? [path] : []
  const name = glob(basename(path))
  return existsSync(dirname(path)) ? readdirSync(dirname(path)).filter((each) => name.test(each) && !each.startsWith('.')).sort().map((each) => join(dirname(path), each)) : []
}
