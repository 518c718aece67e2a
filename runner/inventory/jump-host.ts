import { UsageError } from '../errors.ts'
import { splitAddress } from './address.ts'
import type { InventoryHost, Reachable } from './model.ts'
import { sshTarget } from './reach.ts'
import type { Login } from './shape.ts'

/** What is known of an inventory's jump hosts. */
export interface JumpHosts {
  hosts: ReadonlyMap<string, InventoryHost>
  defaults: Login
  /** The folder that relative paths start from. */
  base: string
}

/**
 * How a jump host is reached: as the inventory says, or with the inventory's defaults for a host that it does not list.
 * @param text `[user@]host[:port]`, IPv6 in brackets
 * @throws UsageError for a text of another form
 */
export function jumpHost(text: string, { hosts, defaults, base }: JumpHosts): Reachable {
  const { host, ...login } = parseHop(text)
  const known = hosts.get(host)
  if (known) return { ...known, target: { ...known.target, ...login }, listed: true }
  return {
    name: host,
    connection: 'ssh',
    become: 'none',
    target: sshTarget(host, { ...defaults, proxy_jump: undefined, ...login }, host, base),
    secrets: { become: undefined, password: defaults.password, passphrase: defaults.identity_passphrase },
  }
}

function parseHop(text: string): { host: string; user?: string; port?: number } {
  const parts = splitAddress(text)
  if (!parts)
    throw new UsageError(`'${text}' is not a valid jump host`, {
      hint: 'Write proxy_jump: user@host:port; separate several with commas.',
    })
  const { user, host, port } = parts
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) }
}
