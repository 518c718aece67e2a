import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { beyondSsh2, halvesOf, hostConfig, type HostConfig, type SshTarget } from '../connection/index.ts'
import { UsageError } from '../errors.ts'
import { expandHome } from '../home-path.ts'
import type { Login } from './shape.ts'

/** In ms. A connection counts as lost after four intervals without an answer: 14 s. */
const defaultAliveInterval = 3_500
/** In ms. */
const defaultTimeout = 15_000

/**
 * How a host is reached over SSH: what the inventory says, then the user's ssh_config, then the system's, then defaults.
 * @param base the folder that relative paths start from
 * @throws UsageError for an ssh_config that does not exist or cannot be read
 */
export function sshTarget(name: string, login: Login, address: string, base: string): SshTarget {
  const absolute = (path: string): string => resolve(base, expandHome(path))
  const config = configOf(login, address, absolute)
  const identities = identitiesOf(login, config, absolute)
  return {
    name,
    alias: address,
    config: login.ssh_config === undefined ? undefined : login.ssh_config === false ? '' : absolute(login.ssh_config),
    address: config.hostName ?? address,
    port: login.port ?? config.port ?? 22,
    user: login.user ?? config.user ?? process.env.USER ?? 'root',
    identities,
    identitiesOnly: login.identities_only ?? config.identitiesOnly ?? false,
    agent: config.agent === false ? undefined : (config.agent ?? process.env.SSH_AUTH_SOCK),
    forwardAgent: login.forward_agent ?? config.forwardAgent ?? false,
    knownHosts: login.known_hosts ? [absolute(login.known_hosts)] : knownHostsOf(config, absolute),
    keyAlias: config.keyAlias,
    aliveInterval: milliseconds(login.keepalive) ?? config.aliveInterval ?? defaultAliveInterval,
    aliveCount: config.aliveCount ?? 3,
    timeout: milliseconds(login.connect_timeout) ?? config.connectTimeout ?? defaultTimeout,
    needsOpenssh: whyOpenssh(login, config, identities),
    jump: jumpOf(login, config),
  }
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000

function configOf(login: Login, address: string, absolute: (path: string) => string): HostConfig {
  if (login.ssh_config === false || login.connection === 'local' || login.connection === 'docker') return {}
  if (login.ssh_config === undefined)
    return hostConfig([absolute('~/.ssh/config'), '/etc/ssh/ssh_config'], address, login.user)
  const file = absolute(login.ssh_config)
  if (!existsSync(file))
    throw new UsageError(`there is no ssh_config ${file}`, { hint: 'Fix `ssh_config` in the inventory.' })
  // As with `ssh -F`, only the file that is named counts.
  return hostConfig([file], address, login.user)
}

/** As with ssh, a public key without its private key is enough: the agent may have the private one. */
const identitiesOf = (login: Login, config: HostConfig, absolute: (path: string) => string): string[] =>
  login.identity !== undefined
    ? [login.identity].flat().map(absolute)
    : (config.identities ?? []).filter((path) => halvesOf(path).length > 0)

const knownHostsOf = (config: HostConfig, absolute: (path: string) => string): string[] => [
  ...(config.knownHosts ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'].map(absolute)),
  ...(config.globalKnownHosts ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
]

function whyOpenssh(login: Login, config: HostConfig, identities: readonly string[]): string | undefined {
  if (login.proxy_jump === undefined && config.proxyCommand !== undefined) return 'ProxyCommand in your ssh_config'
  return config.beyond ?? identities.map(beyondSsh2).find(Boolean)
}

function jumpOf(login: Login, config: HostConfig): SshTarget['jump'] {
  if (login.proxy_jump === undefined) return config.jump ?? []
  if (login.proxy_jump === 'none') return 'none'
  return login.proxy_jump
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean)
}
