import type { Secret } from '../secret/index.ts'

/** Whom to reach over SSH, and how. Times are in ms. */
export interface SshTarget {
  /** For messages. */
  name: string
  /** What a person would type after `ssh`: your ssh_config knows it by that. */
  alias: string
  /** Your ssh_config, if not the usual one; '': none. */
  config: string | undefined
  address: string
  port: number
  user: string
  /** Paths of private keys; without any, the usual files in ~/.ssh. */
  identities: readonly string[]
  /** Only these keys, whatever else an agent has. */
  identitiesOnly: boolean
  /** The agent's socket; undefined: none. */
  agent: string | undefined
  forwardAgent: boolean
  knownHosts: readonly string[]
  /** The name under which known_hosts files list it, if not by address and port. */
  keyAlias: string | undefined
  aliveInterval: number
  aliveCount: number
  /** For TCP, key exchange and login together. */
  timeout: number
  /** `[user@]host[:port]`: hosts to go through, the first one first. 'none': whatever your ssh_config says. */
  jump: readonly string[] | 'none'
  /** What is wanted that only the ssh program can do, if anything is. */
  needsOpenssh: string | undefined
}

/** What a login may need beside keys. */
export interface Credentials {
  password?: Secret
  /** Of all its keys. */
  passphrase?: Secret
  /** Of some keys, by their paths. */
  passphrases?: ReadonlyMap<string, Secret>
}
