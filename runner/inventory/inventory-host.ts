import type { ForeignKeys } from './foreign-keys.ts'
import type { HostEntry } from './host-entries.ts'
import { issueError } from './issue.ts'
import type { InventoryHost } from './model.ts'
import { sshTarget } from './reach.ts'
import { readAs } from './read-as.ts'
import type { Scope } from './scope.ts'
import type { Login, Shape } from './shape.ts'
import type { Route, Source } from './source.ts'
import { decidingLevel, type Level, mergeLevels, provenance } from './variables.ts'

/** What the hosts of an inventory have in common. */
export interface HostContext<V> {
  source: Source
  parsed: Shape
  /** Variables at the top level of the inventory. */
  topLevel: Record<string, unknown>
  /** The groups in the order in which their settings apply. */
  groups: readonly { name: string; entry: Shape['groups'][string]; members: ReadonlySet<string> }[]
  overrides: readonly Level[]
  scope: Scope<V>
  foreign: ForeignKeys
  /** The folder that relative paths start from. */
  base: string
}

/** Merges what an inventory says about a host. @throws UsageError if its variables are not valid */
export function inventoryHost<V>(
  name: string,
  { key, entry, address }: HostEntry,
  context: HostContext<V>,
): InventoryHost<V> {
  const { source, parsed, topLevel, overrides, base } = context
  const groups = context.groups.filter(({ members }) => members.has(name))
  const { where, textOf } = source
  const levelAt = (prefix: Route, values: Record<string, unknown> = {}): Level => ({ values, prefix, where, textOf })
  const levels = [
    levelAt([], topLevel),
    levelAt(['vars'], parsed.vars),
    ...groups.map((group) => levelAt(['groups', group.name, 'vars'], group.entry.vars)),
    levelAt(['hosts', key, 'vars'], entry?.vars),
    ...overrides,
  ]
  const login = [parsed.defaults, ...groups.map((group) => group.entry), entry ?? {}].reduce<Login>(
    (merged, level) => ({ ...merged, ...level }),
    {},
  )
  const { part } = context.scope
  const vars = readVariables(context, levels)
  return {
    name,
    target: sshTarget(name, login, address, base),
    connection: login.connection ?? 'ssh',
    become: login.become ?? 'sudo',
    becomeUser: login.become_user,
    secrets: { become: login.become_password, password: login.password, passphrase: login.identity_passphrase },
    vars,
    origins: () => provenance(part === undefined ? vars : { [part]: vars }, levels),
  }
}

function readVariables<V>({ scope: { schema }, foreign, overrides }: HostContext<V>, levels: readonly Level[]): V {
  const textAt = (route: Route): string | undefined => {
    const { prefix, textOf } = decidingLevel(levels, route)
    return textOf([...prefix, ...route])
  }
  const isForeign = (key: string): boolean => {
    const level = decidingLevel(levels, [key])
    // What replaces variables for one run is meant for this playbook.
    return !overrides.includes(level) && foreign.isForeignVariable(key, () => level.where([...level.prefix, key]))
  }
  const result = readAs(schema, mergeLevels(levels), textAt, isForeign)
  if ('data' in result) return result.data
  const { issue } = result
  const route = [...(issue.path as Route), ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])]
  const level = decidingLevel(levels, route)
  const { prefix, where } = level
  const hintOf = overrides.includes(level) ? undefined : (key: string) => foreign.hintOfVariable(key)
  throw issueError(issue, { schema, prefix, where, hintOf })
}
