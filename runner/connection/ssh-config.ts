import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
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

/** What says the same to every host. */
const read = new Map<string, SSHConfig>()

/** What the commands of `Match exec` said. */
const said = new Map<string, boolean>()

/**
 * What an ssh_config file says of a host, by ssh_config(5): the first value of a key counts. Of `Match`, `host`,
 * `originalhost`, `user`, `all` and `exec`. A file that is not there says nothing.
 * @throws UsageError for one that can't be read
 */
export function hostConfig(file: string, host: string, user?: string): HostConfig {
  let config = read.get(file)
  if (!config) {
    try {
      const lines = new Lines(host, user)
      config = SSHConfig.parse(existsSync(file) ? lines.of(file) : '')
      if (!lines.conditional) read.set(file, config)
    } catch (cause) {
      throw new UsageError(`${file} can't be read: ${message(cause)}`, { cause, hint: 'Mend it, or name another with `ssh_config`, or none: ssh_config: false.' })
    }
  }
  const found = computed(config, host, user)
  const one = (key: string): string | undefined => [found[key] ?? []].flat()[0]
  const number = (key: string): number | undefined => {
    if (one(key) === undefined) return undefined
    if (!/^\d+$/.test(one(key)!)) throw new UsageError(`${file}: '${one(key)}' is no number for ${key}`)
    return Number(one(key))
  }
  const yes = (key: string): boolean | undefined => (one(key) === undefined ? undefined : one(key)!.toLowerCase() === 'yes')
  const hostName = one('hostname')?.replaceAll('%h', host).replaceAll('%%', '%')
  const tokens = { h: hostName ?? host, n: host, r: one('user') ?? user ?? process.env.USER ?? 'root', p: one('port') ?? '22' }
  const paths = (key: string): string[] | undefined => (found[key] === undefined ? undefined : [found[key]].flat().flatMap((each) => each.split(/\s+(?=[~/])/)).filter((path) => path.toLowerCase() !== 'none').map((path) => place(path, tokens)))
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
  const at = path.replace(/^"|"$/g, '').replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '').replace(/%([dhnrpu%])/g, (_, token: string) => (token === '%' ? '%' : token === 'd' ? homedir() : token === 'u' ? (process.env.USER ?? 'root') : tokens[token]!))
  return at.startsWith('~/') ? join(homedir(), at.slice(2)) : at
}

const computed = (config: SSHConfig, host: string, user: string | undefined): Record<string, string | string[] | undefined> =>
  config.compute({ Host: host, ...(user !== undefined && { User: user }) }, { ignoreCase: true, matchExec: false })

const exec = /^(\s*match\b.*?)\s+exec[\s=]+("(?:[^"\\]|\\.)*"|\S+)(.*)$/i

/** A file's lines as one host sees them: `Include`s in place, `Match exec` decided. The parser knows neither. */
class Lines {
  readonly #host: string
  readonly #user: string | undefined
  /** Another host may see others. */
  conditional = false

  constructor(host: string, user: string | undefined) {
    this.#host = host
    this.#user = user
  }

  /** What follows an Include belongs to the same section as what came before it; inside of a section that is not this host's, it is left out. */
  of(file: string, depth = 0): string {
    if (depth > deepest) throw new Error(`more than ${deepest} Includes in one another`)
    let section: string | undefined
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .flatMap((raw) => {
        const line = this.#decided(raw)
        if (/^\s*(host|match)[\s=]/i.test(line)) section = line.trim()
        const include = /^\s*include[\s=]+(.*)$/i.exec(line)
        if (!include) return [line]
        if (section !== undefined && !this.#isOf(section)) return []
        const patterns = include[1]!.trim().match(/"[^"]+"|\S+/g) ?? []
        return [...patterns.flatMap((pattern) => matching(pattern.replaceAll('"', ''), file)).map((each) => this.of(each, depth + 1)), section ?? 'Host *']
      })
      .join('\n')
  }

  /** Whether a section is this host's. */
  #isOf(section: string): boolean {
    this.conditional = true
    return 'port' in computed(SSHConfig.parse(`${section}\n  Port 1\n`), this.#host, this.#user)
  }

  /** A `Match` without its `exec`: the rest of it, or what no host matches. The command is run only where the rest holds. */
  #decided(line: string): string {
    const [, before, command, after] = exec.exec(line) ?? []
    if (before === undefined) return line
    const rest = `${before}${after}`.trim().toLowerCase() === 'match' ? 'Match all' : `${before}${after}`
    return this.#isOf(rest.trim()) && this.#runs(command!) ? rest : 'Host !*'
  }

  #runs(quoted: string): boolean {
    const tokens: Record<string, string> = { h: this.#host, n: this.#host, r: this.#user ?? process.env.USER ?? 'root', p: '22' }
    const command = place(quoted.replace(/^"(.*)"$/, '$1').replaceAll('\\"', '"'), tokens)
    if (!said.has(command)) said.set(command, spawnSync('/bin/sh', ['-c', command], { stdio: 'ignore', timeout: 30_000 }).status === 0)
    return said.get(command)!
  }
}

/** The files of an Include: `~` is home, a relative one lies in ~/.ssh, its last part may be a pattern. */
function matching(pattern: string, from: string): string[] {
  const base = from.startsWith('/etc/') ? '/etc/ssh' : join(homedir(), '.ssh')
  const path = resolve(base, pattern.replace(/^~(?=\/)/, homedir()))
  if (!/[*?]/.test(path)) return existsSync(path) && statSync(path).isFile() ? [path] : []
  const name = glob(basename(path))
  return existsSync(dirname(path)) ? readdirSync(dirname(path)).filter((each) => name.test(each) && !each.startsWith('.') && statSync(join(dirname(path), each)).isFile()).sort().map((each) => join(dirname(path), each)) : []
}
