/** ssh2, at the one place that uses it. */
import type { BaseAgent, Client, ParsedKey } from 'ssh2'
import { ssh2 } from '../packages.ts'

export const newClient = (): Client => new (ssh2().Client)()

/** A key, or why it is none. */
export function parseKey(content: Buffer | string, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2().utils.parseKey(content, passphrase)
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed
}

/** An agent of which only some keys are offered: a server counts those it did not want. */
export function agentWith(socket: string, wanted: readonly Buffer[]): BaseAgent {
  const agent = ssh2().createAgent(socket)
  const all = agent.getIdentities.bind(agent)
  agent.getIdentities = (callback) =>
    all((error, keys) => callback(error, keys?.filter((key) => wanted.some((blob) => blob.equals(blobOf(key))))))
  return agent
}

/** The public halves of the keys that an agent has; none where no agent answers. */
export const agentKeys = (socket: string): Promise<Buffer[]> =>
  new Promise((resolve) => ssh2().createAgent(socket).getIdentities((error, keys) => resolve(error ? [] : (keys ?? []).map(blobOf))))

const blobOf = (key: unknown): Buffer => {
  if (Buffer.isBuffer(key)) return key
  const parsed = parseKey(key as string)
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key ? (key as ParsedKey).getPublicSSH() : parsed instanceof Error ? Buffer.alloc(0) : parsed.getPublicSSH()
}

export type { AnyAuthMethod, BaseAgent, Client, ClientChannel, ConnectConfig, ParsedKey } from 'ssh2'
