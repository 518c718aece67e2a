/** The one place that uses the library ssh2. */
import type { BaseAgent, Client, ParsedKey } from 'ssh2'
import { ssh2 } from '../../packages.ts'
import { fromPkcs8 } from './pkcs8.ts'

export const newClient = (): Client => new (ssh2().Client)()

/** Reads a key. The result is an Error that says why, if it cannot be read. */
export function parseKey(content: string, passphrase?: string): ParsedKey | Error {
  try {
    const parsed = ssh2().utils.parseKey(fromPkcs8(content, passphrase), passphrase)
    return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed
  } catch (error) {
    return error as Error
  }
}

/** An agent that shows only one of its keys: a server counts every key that it is offered. */
export interface OneKeyAgent {
  agent: BaseAgent
  /** Whether the agent was asked to sign with that key, and did. */
  signed(): boolean
}

/**
 * @param socket the agent's socket.
 * @param publicKey the public half of the one key that the agent shows.
 */
export function agentWith(socket: string, publicKey: Buffer): OneKeyAgent {
  const agent = ssh2().createAgent(socket)
  const getAllIdentities = agent.getIdentities.bind(agent)
  agent.getIdentities = (callback) =>
    getAllIdentities((error, keys) =>
      callback(
        error,
        keys?.filter((key) => publicKey.equals((key as ParsedKey).getPublicSSH())),
      ),
    )
  let signed = false
  // The options before the callback may be missing.
  const sign = agent.sign.bind(agent) as (...args: unknown[]) => void
  agent.sign = (...args: unknown[]) => {
    const callback = args.pop() as (error: Error | undefined, signature?: Buffer) => void
    sign(...args, (error: Error | undefined, signature?: Buffer) => {
      signed ||= !error
      callback(error, signature)
    })
  }
  return { agent, signed: () => signed }
}

export type { AnyAuthMethod, Client, ClientChannel, ConnectConfig, ParsedKey } from 'ssh2'
