import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { beyondSsh2, halvesOf, hostConfig, type HostConfig, type SshTarget } from '../connection/index.ts'
import { UsageError } from '../errors.ts'
import { takenApart } from './address.ts'
import type { Login } from './shape.ts'

/** A dead link is noticed within four of them: 14 s. In ms. */
const keepalive = 3_500

/**
 * How a host is reached over SSH: what the inventory says, then your ssh_config, then the system's, then the defaults.
 * @param base the folder that relative paths start from.
 * @throws UsageError for an ssh_config that is not there or can't be read
 */
export function sshTarget(name: string, given: Login, address: string, base: string): SshTarget {
  const file = (path: string): string => resolve(base, path.replace(/^~(?=\/|$)/, homedir()))
  const config = configOf(given, address, file)
  // As for ssh: a public half alone names a key of the agent.
  const identities =
    given.identity !== undefined
      ? [given.identity].flat().map(file)
      : (config.identities ?? []).filter((path) => halvesOf(path).length > 0)
  const command = given.proxy_jump === undefined && config.proxyCommand !== undefined
  return {
    name,
    alias: address,
    config: given.ssh_config === undefined ? undefined : given.ssh_config === false ? '' : file(given.ssh_config),
    address: config.hostName ?? address,
    port: given.port ?? config.port ?? 22,
    user: given.user ?? config.user ?? process.env.USER ?? 'root',
    identities,
    identitiesOnly: given.identities_only ?? config.identitiesOnly ?? false,
    agent: config.agent === false ? undefined : (config.agent ?? process.env.SSH_AUTH_SOCK),
    forwardAgent: given.forward_agent ?? config.forwardAgent ?? false,
    knownHosts: given.known_hosts
      ? [file(given.known_hosts)]
      : [
          ...(config.knownHosts ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'].map(file)),
          ...(config.globalKnownHosts ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
        ],
    keyAlias: config.keyAlias,
    aliveInterval: given.keepalive !== undefined ? given.keepalive * 1000 : (config.aliveInterval ?? keepalive),
    aliveCount: config.aliveCount ?? 3,
    timeout: given.connect_timeout !== undefined ? given.connect_timeout * 1000 : (config.connectTimeout ?? 15_000),
    needsOpenssh: command
      ? 'ProxyCommand in your ssh_config'
      : (config.beyond ?? identities.map(beyondSsh2).find(Boolean)),
    jump:
      given.proxy_jump === 'none'
        ? 'none'
        : given.proxy_jump !== undefined
          ? hops(given.proxy_jump)
          : (config.jump ?? []),
  }
}

function configOf(given: Login, address: string, file: (path: string) => string): HostConfig {
  if (given.ssh_config === false || given.connection === 'local' || given.connection === 'docker') return {}
  if (given.ssh_config !== undefined && !existsSync(file(given.ssh_config)))
    throw new UsageError(`there is no ssh_config ${file(given.ssh_config)}`, {
      hint: 'Mend `ssh_config` in the inventory.',
    })
  // A file that is named stands alone, as for `ssh -F`.
  return hostConfig(
    given.ssh_config !== undefined ? [file(given.ssh_config)] : [file('~/.ssh/config'), '/etc/ssh/ssh_config'],
    address,
    given.user,
  )
}

const hops = (text: string): string[] =>
  text
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean)

/** `[user@]host[:port]`, IPv6 in brackets. @throws UsageError */
export function parseHop(hop: string): { host: string; user?: string; port?: number } {
  const parts = takenApart(hop)
  if (!parts)
    throw new UsageError(`'${hop}' is no host to go through`, {
      hint: 'proxy_jump: user@host:port, several with commas.',
    })
  const { user, host, port } = parts
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) }
}
