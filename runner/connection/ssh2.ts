/** ssh2, at the one place that uses it. */
import type { BaseAgent, Client, ParsedKey } from 'ssh2'
import { ssh2 } from '../packages.ts'
import { fromPkcs8 } from './key-file.ts'

export const newClient = (): Client => new (ssh2().Client)()

/** A key, or why it is none. */
export function parseKey(content: string, passphrase?: string): ParsedKey | Error {
  try {
    const parsed = ssh2().utils.parseKey(fromPkcs8(content, passphrase), passphrase)
    return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed
  } catch (error) {
    return error as Error
  }
}

/** An agent of which one key alone is used: a server counts those that it did not want. `signed`: it was asked to sign, and did. */
export interface OneKey {
  agent: BaseAgent
  signed(): boolean
}

export function agentWith(socket: string, wanted: Buffer): OneKey {
  const agent = ssh2().createAgent(socket)
  const all = agent.getIdentities.bind(agent)
  agent.getIdentities = (callback) =>
    all((error, keys) =>
      callback(
        error,
        keys?.filter((key) => wanted.equals((key as ParsedKey).getPublicSSH())),
      ),
    )
  let signed = false
  const sign = agent.sign.bind(agent) as (...given: unknown[]) => void
  agent.sign = (...given: unknown[]) => {
    const done = given.pop() as (error: Error | undefined, signature?: Buffer) => void
    sign(...given, (error: Error | undefined, signature?: Buffer) => {
      signed ||= !error
      done(error, signature)
    })
  }
  return { agent, signed: () => signed }
}

export type { AnyAuthMethod, BaseAgent, Client, ClientChannel, ConnectConfig, ParsedKey } from 'ssh2'
