import type { Secret } from '../secret/index.ts'

/** The address of a host that is reached over SSH, and how to log in there. Times are in ms. */
export interface SshTarget {
  /** The host's name, for messages. */
  name: string
  /** What a person would type after `ssh`. Your ssh_config knows the host by this name. */
  alias: string
  /** Your ssh_config, if it is not the usual one; an empty string means none. */
  config: string | undefined
  address: string
  port: number
  user: string
  /** Paths of private keys. If there are none, the usual files in ~/.ssh are used. */
  identities: readonly string[]
  /** Whether other keys of the agent are left alone. */
  identitiesOnly: boolean
  /** The agent's socket, if there is an agent. */
  agent: string | undefined
  forwardAgent: boolean
  knownHosts: readonly string[]
  /** The name under which known_hosts files list the host, if it is not its address and port. */
  keyAlias: string | undefined
  /** The time between two keepalive messages; 0 means none are sent. */
  aliveInterval: number
  /** The number of keepalive messages without an answer after which the connection counts as lost. */
  aliveCount: number
  /** The limit for TCP, key exchange and login together. */
  timeout: number
  /**
   * The hosts to go through (`[user@]host[:port]`), the first one first. `none`: none, even if your ssh_config has
   * some.
   */
  jump: readonly string[] | 'none'
  /** What this host needs that only the ssh program can do, as text for a message. */
  needsOpenssh: string | undefined
}

/** What a login may need besides keys. */
export interface Credentials {
  password?: Secret
  /** The passphrase of all its keys. */
  passphrase?: Secret
  /** The passphrases of single keys, by the key's path. They win over `passphrase`. */
  passphrases?: ReadonlyMap<string, Secret>
}

export interface LoginOptions {
  acceptNewHostKeys: boolean
  credentials?: Credentials
  /** Ends the attempt, but not the connection after it. */
  signal?: AbortSignal
}
