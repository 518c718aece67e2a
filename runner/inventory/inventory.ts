import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { UsageError } from '../errors.ts'
import { readUtf8 } from '../utf8.ts'
import { dynamicSource, isDynamic } from './dynamic.ts'
import { groupMembers, parentsFirst } from './groups.ts'
import { ForeignKeys } from './foreign-keys.ts'
import { expandHosts } from './host-entries.ts'
import { inventoryHost } from './inventory-host.ts'
import { issueError } from './issue.ts'
import { jumpHost } from './jump-host.ts'
import type { Inventory, InventoryOptions } from './model.ts'
import { selectHosts } from './pattern.ts'
import { readAs } from './read-as.ts'
import { keysAt } from './schema-keys.ts'
import { scopeOf } from './scope.ts'
import { type Shape, shape } from './shape.ts'
import { type Source, yamlSource } from './source.ts'

/**
 * Reads an inventory from a YAML 1.2 file, or from a program that gives the same shape or Ansible's. Every key must be
 * known, and every host's variables must be valid by `schema`.
 * @throws UsageError with file, line and column, and the nearest name
 */
export async function loadInventory<S extends z.ZodType>(
  path: string,
  schema: S,
  options: InventoryOptions = {},
): Promise<Inventory<z.output<S>>> {
  if (!existsSync(path)) {
    throw new UsageError(`there is no inventory ${path}`, {
      hint: 'Write one (cp inventory.example.yaml inventory.yaml), or name another with --inventory.',
    })
  }
  if (statSync(path).isDirectory())
    throw new UsageError(`the inventory ${path} is a folder`, { hint: 'Name the file in it.' })
  if (!isDynamic(path)) return parseInventory(readUtf8(path), path, schema, options)
  const source = await dynamicSource(path)
  const { fromAnsible, isAnsible } = await import('./ansible.ts')
  if (!isAnsible(source.raw)) return inventoryFrom(source, schema, options)
  const raw = fromAnsible(source.raw, keysAt(scopeOf(schema, options).schema, []))
  return inventoryFrom({ ...source, raw, textOf: () => undefined }, schema, options)
}

/** As `loadInventory`, from a YAML text. @throws UsageError */
export const parseInventory = <S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  options: InventoryOptions = {},
): Inventory<z.output<S>> => inventoryFrom(yamlSource(text, path), schema, options)

function inventoryFrom<S extends z.ZodType>(
  source: Source,
  schema: S,
  options: InventoryOptions,
): Inventory<z.output<S>> {
  const { path, where } = source
  const scope = scopeOf(schema, options)
  const { topLevelKeys } = scope
  const foreign = new ForeignKeys({
    variables: keysAt(scope.schema, []),
    topLevel: topLevelKeys,
    claimed: claimedBy(source),
  })
  const { parsed, topLevel } = readShape(source, topLevelKeys, foreign)
  const entries = expandHosts(parsed.hosts, where)
  const groups = groupMembers(parsed.groups, [...entries.keys()], where)
  const base = dirname(resolve(path))
  const { overrides = [] } = options
  const context = { source, parsed, topLevel, groups: inOrder(parsed.groups, groups), overrides, scope, foreign, base }
  const hosts = [...entries].map(([name, entry]) => inventoryHost(name, entry, context))
  const byName = new Map(hosts.map((host) => [host.name, host]))
  return {
    path,
    hosts,
    groups,
    unclaimed: scope.tellsUnclaimed ? foreign.unclaimed : [],
    hop: (text) => jumpHost(text, { hosts: byName, defaults: parsed.defaults, base }),
    select: (pattern) => selectHosts(pattern, groups).flatMap((name) => byName.get(name) ?? []),
  }
}

/** Checks the keys that the runner knows, and takes the variables out that stand at the top level. @throws UsageError */
function readShape(
  { raw, where, textOf }: Source,
  topLevelKeys: readonly string[],
  foreign: ForeignKeys,
): { parsed: Shape; topLevel: Record<string, unknown> } {
  const isTopLevel = ([key]: [string, unknown]): boolean => topLevelKeys.includes(key)
  const keys = Object.entries(raw)
  const result = readAs(shape, Object.fromEntries(keys.filter((entry) => !isTopLevel(entry))), textOf, (key) =>
    foreign.isForeignAtTop(key, () => where([key])),
  )
  if ('issue' in result)
    throw issueError(result.issue, { schema: shape, hintOf: (key) => foreign.hintAtTop(key), where })
  return { parsed: result.data, topLevel: Object.fromEntries(keys.filter(isTopLevel)) }
}

/** The keys that an inventory gives to playbooks. What has another form is refused with the rest of the shape. */
const claimedBy = ({ raw: { parts } }: Source): string[] =>
  Array.isArray(parts) ? parts.filter((part) => typeof part === 'string') : []

const inOrder = (
  entries: Shape['groups'],
  members: Record<string, string[]>,
): { name: string; entry: Shape['groups'][string]; members: Set<string> }[] =>
  parentsFirst(entries).flatMap((name) => {
    const entry = entries[name]
    return entry ? [{ name, entry, members: new Set(members[name]) }] : []
  })
