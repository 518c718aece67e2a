import { existsSync, readFileSync } from 'node:fs'
import type { SshTarget } from '../target.ts'
import { agentKeys } from './agent.ts'
import { isLocked } from './key-file.ts'
import { publicKeyOf, usualFiles } from './local-keys.ts'

/**
 * The paths of the keys for which a person must be asked for the passphrase. Keys that the agent has are not among
 * them, and a usual file only if there is no other key.
 */
export async function lockedKeys({ identities, agent }: SshTarget): Promise<string[]> {
  const named = identities.length > 0
  const files = (named ? identities : usualFiles()).filter((path) => existsSync(path))
  const locked = files.filter((path) => isLocked(readFileSync(path, 'utf8')))
  if (locked.length === 0) return []
  const inAgent = agent === undefined ? [] : await agentKeys(agent)
  if (named) return locked.filter((path) => !inAgent.some((key) => publicKeyOf(path)?.equals(key)))
  return inAgent.length > 0 || locked.length < files.length ? [] : locked.slice(0, 1)
}
