import type { z } from 'zod'
import type { HostEntry } from './host-entries.ts'
import { issueError } from './issue.ts'
import type { InventoryHost } from './model.ts'
import { sshTarget } from './reach.ts'
import { readAs } from './read-as.ts'
import type { Login, Shape } from './shape.ts'
import type { Route, Source } from './source.ts'
import { decidingLevel, type Level, mergeLevels, provenance } from './variables.ts'

/** What the hosts of an inventory have in common. */
export interface HostContext<S extends z.ZodType> {
  source: Source
  parsed: Shape
  /** Variables at the top level of the inventory. */
  topLevel: Record<string, unknown>
  /** The groups in the order in which their settings apply. */
  groups: readonly { name: string; entry: Shape['groups'][string]; members: ReadonlySet<string> }[]
  overrides: readonly Level[]
  /** The schema of the variables. */
  schema: S
  /** The folder that relative paths start from. */
  base: string
}

/** Merges what an inventory says about a host. @throws UsageError if its variables are not valid */
export function inventoryHost<S extends z.ZodType>(
  name: string,
  { key, entry, address }: HostEntry,
  context: HostContext<S>,
): InventoryHost<z.output<S>> {
  const { source, parsed, topLevel, overrides, schema, base } = context
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
  const vars = readVariables(schema, levels)
  return {
    name,
    target: sshTarget(name, login, address, base),
    connection: login.connection ?? 'ssh',
    become: login.become ?? 'sudo',
    becomeUser: login.become_user,
    secrets: { become: login.become_password, password: login.password, passphrase: login.identity_passphrase },
    vars,
    origins: () => provenance(vars, levels),
  }
}

function readVariables<S extends z.ZodType>(schema: S, levels: readonly Level[]): z.output<S> {
  const result = readAs(schema, mergeLevels(levels), (route) => {
    const { prefix, textOf } = decidingLevel(levels, route)
    return textOf([...prefix, ...route])
  })
  if ('data' in result) return result.data
  const { issue } = result
  const route = [...(issue.path as Route), ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])]
  const { prefix, where } = decidingLevel(levels, route)
  throw issueError(issue, { schema, prefix, where })
}
