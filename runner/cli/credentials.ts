import { dirname, resolve } from 'node:path'
import type { Inventory, InventoryHost, Reachable } from '../inventory/index.ts'
import { credentialsOf, type HostCredentials } from '../login/index.ts'
import { openAgeFiles, resolveSecret, type Secret, type SecretReference } from '../secret/index.ts'
import { askPassword } from './ask.ts'
import type { Values } from './options.ts'

export type SecretOf = (reference: SecretReference, label: string) => Secret

/** Resolves secret references of an inventory. */
export function secretsOf({ path }: Pick<Inventory, 'path'>): SecretOf {
  const base = dirname(resolve(path))
  return (reference, label) => resolveSecret(reference, label, base)
}

/**
 * Credentials of hosts. Those of the run's hosts are read, and asked for, before the first connection.
 * @throws UsageError for a secret that is missing
 */
export async function credentialsFor(
  inventory: Pick<Inventory, 'path'>,
  hosts: readonly InventoryHost[],
  values: Pick<Values, 'ask-pass' | 'ask-become-pass'>,
): Promise<(host: Reachable) => Promise<HostCredentials>> {
  const base = dirname(resolve(inventory.path))
  const open = (references: unknown): Promise<void> => openAgeFiles(references, base)
  await open(hosts.map(({ vars }) => vars))
  const credentials = credentialsOf({
    askPassword: values['ask-pass'],
    askBecome: values['ask-become-pass'],
    secret: secretsOf(inventory),
    open,
    ask: askPassword,
  })
  for (const host of hosts) await credentials(host)
  return credentials
}
