import { isRecord } from './source.ts'

/** What `ansible-inventory --list` and dynamic inventory scripts print: groups by name, and variables under `_meta`. */
export const isAnsible = (raw: Record<string, unknown>): boolean => '_meta' in raw || !('hosts' in raw)

const connections: Record<string, string> = { smart: 'ssh', paramiko: 'ssh', paramiko_ssh: 'ssh' }

/**
 * The same inventory in our shape. Of the variables, those that say how to log in become ours, and of the others only
 * those in `known` are taken: an inventory that is shared with Ansible holds more than we know.
 */
export function fromAnsible(raw: Record<string, unknown>, known: readonly string[]): Record<string, unknown> {
  const groups = Object.entries(raw).filter(([name]) => name !== '_meta')
  const hostsOf = (group: unknown): string[] =>
    (Array.isArray(group) ? group : isRecord(group) && Array.isArray(group.hosts) ? group.hosts : []).map(String)
  const part = (group: unknown, key: string): unknown => (isRecord(group) ? group[key] : undefined)
  const hostvars = isRecord(raw._meta) && isRecord(raw._meta.hostvars) ? raw._meta.hostvars : {}
  const names = [...new Set([...groups.flatMap(([, group]) => hostsOf(group)), ...Object.keys(hostvars)])]
  const children = (group: unknown): string[] =>
    (Array.isArray(part(group, 'children')) ? (part(group, 'children') as unknown[]).map(String) : []).filter(
      (child) => child in raw,
    )
  const named = groups.filter(([name]) => name !== 'all')
  return {
    hosts: Object.fromEntries(names.map((name) => [name, split(hostvars[name], known, true)])),
    groups: Object.fromEntries(
      named.map(([name, group]) => [
        name,
        { hosts: hostsOf(group), children: children(group), ...split(part(group, 'vars'), known, false) },
      ]),
    ),
    ...(({ vars, ...defaults }) => ({ vars, defaults }))(split(part(raw.all, 'vars'), known, false)),
  }
}

/** Ansible's variables as our keys for logging in, and `vars`. */
function split(
  given: unknown,
  known: readonly string[],
  withAddress: boolean,
): Record<string, unknown> & { vars: Record<string, unknown> } {
  const values = isRecord(given) ? given : {}
  const {
    ansible_host: address,
    ansible_port: port,
    ansible_user: user,
    ansible_ssh_private_key_file: identity,
    ansible_connection: connection,
    ansible_become: become,
  } = values
  return {
    ...(address !== undefined && withAddress && { address: text(address) }),
    ...(port !== undefined && { port: Number(port) }),
    ...(user !== undefined && { user: text(user) }),
    ...(identity !== undefined && { identity: text(identity) }),
    ...(typeof connection === 'string' && { connection: connections[connection] ?? connection }),
    ...(become === false && { become: 'none' }),
    vars: Object.fromEntries(Object.entries(values).filter(([key]) => known.includes(key))),
  }
}

/** A wrong type is left as it is: the shape's own check says so, with its place. */
const text = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)
