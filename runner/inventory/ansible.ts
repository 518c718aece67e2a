import { isRecord } from './source.ts'

/** Whether this is what `ansible-inventory --list` and dynamic inventory scripts print: groups by name, and `_meta`. */
export const isAnsible = (raw: Record<string, unknown>): boolean => '_meta' in raw || !('hosts' in raw)

/** Ansible's connections that have another name here. */
const connectionNames: Record<string, string> = { smart: 'ssh', paramiko: 'ssh', paramiko_ssh: 'ssh' }

/**
 * Converts an inventory from Ansible's shape to that of this tool. Ansible's variables for logging in become login keys.
 * Of the other variables only those in `knownVariables` are taken, because an inventory that is shared with Ansible has
 * variables that only Ansible's playbooks use.
 */
export function fromAnsible(raw: Record<string, unknown>, knownVariables: readonly string[]): Record<string, unknown> {
  const allGroups = Object.entries(raw).filter(([name]) => name !== '_meta')
  const hostvars = isRecord(raw._meta) && isRecord(raw._meta.hostvars) ? raw._meta.hostvars : {}
  const names = [...new Set([...allGroups.flatMap(([, group]) => hostsOf(group)), ...Object.keys(hostvars)])]
  const settingsOf = (variables: unknown): Settings => splitVariables(variables, knownVariables)
  const hosts = names.map((name) => {
    const address = addressOf(hostvars[name])
    return [name, { ...(address !== undefined && { address }), ...settingsOf(hostvars[name]) }]
  })
  const groups = allGroups
    .filter(([name]) => name !== 'all')
    .map(([name, group]) => {
      const children = childrenOf(group).filter((child) => child in raw)
      return [name, { hosts: hostsOf(group), children, ...settingsOf(property(group, 'vars')) }]
    })
  const { vars, ...defaults } = settingsOf(property(raw.all, 'vars'))
  return { hosts: Object.fromEntries(hosts), groups: Object.fromEntries(groups), vars, defaults }
}

const property = (group: unknown, key: string): unknown => (isRecord(group) ? group[key] : undefined)

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** A group is a map, or only the list of its hosts. */
const hostsOf = (group: unknown): string[] => texts(Array.isArray(group) ? group : property(group, 'hosts'))

const childrenOf = (group: unknown): string[] => texts(property(group, 'children'))

const addressOf = (variables: unknown): unknown => asText(property(variables, 'ansible_host'))

/** Login keys, and the other variables. */
type Settings = Record<string, unknown> & { vars: Record<string, unknown> }

function splitVariables(variables: unknown, knownVariables: readonly string[]): Settings {
  const values = isRecord(variables) ? variables : {}
  const {
    ansible_port: port,
    ansible_user: user,
    ansible_ssh_private_key_file: identity,
    ansible_connection: connection,
    ansible_become: become,
  } = values
  return {
    ...(port !== undefined && { port: Number(port) }),
    ...(user !== undefined && { user: asText(user) }),
    ...(identity !== undefined && { identity: asText(identity) }),
    ...(typeof connection === 'string' && { connection: connectionNames[connection] ?? connection }),
    ...(become === false && { become: 'none' }),
    vars: Object.fromEntries(Object.entries(values).filter(([key]) => knownVariables.includes(key))),
  }
}

/** A number as text. Other types stay: the schema refuses them, with their place. */
const asText = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)
