import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { SshTarget } from '../connection/index.ts'
import { UsageError } from '../errors.ts'
import type { SecretReference } from '../secret/index.ts'
import { readUtf8 } from '../utf8.ts'
import { readAddress } from './address.ts'
import { fromAnsible, isAnsible } from './ansible.ts'
import { dynamicSource, isDynamic } from './dynamic.ts'
import { membership, parentsFirst } from './groups.ts'
import { issueError, keysAt } from './issue.ts'
import { selectHosts } from './pattern.ts'
import { expandRanges } from './range.ts'
import { parseHop, sshTarget } from './reach.ts'
import { readAs } from './read-as.ts'
import { type connections, type Login, type Shape, shape } from './shape.ts'
import { type Source, yamlSource } from './source.ts'
import { decides, type Level, mergeLevels, type Provenance, provenance } from './variables.ts'

/** One host: how it is reached, and its variables, those of everybody, its groups and itself merged. */
export interface InventoryHost<V = unknown> {
  name: string
  /** How it is reached over SSH; of another connection, its address. */
  target: SshTarget
  connection: (typeof connections)[number]
  become: 'sudo' | 'none'
  /** Who is become; default root. */
  becomeUser: string | undefined
  /** Where the secrets of a login come from. */
  secrets: { become?: SecretReference; password?: SecretReference; passphrase?: SecretReference }
  vars: V
  /** Every single variable, and where it comes from. */
  origins(): Provenance[]
}

/** What must be known of a host to log in there. */
export type Reachable = Pick<InventoryHost, 'name' | 'target' | 'connection' | 'become' | 'secrets'> & {
  /** The inventory has it. */
  listed?: true
}

export interface Inventory<V = unknown> {
  path: string
  hosts: readonly InventoryHost<V>[]
  groups: Readonly<Record<string, readonly string[]>>
  /** The hosts that a pattern names. @throws UsageError */
  select(pattern: string): InventoryHost<V>[]
  /** A host to go through, `[user@]host[:port]`: one of the inventory, or any other with the inventory's defaults. @throws UsageError */
  hop(text: string): Reachable
}

export interface InventoryOptions {
  /** The schema's keys that may stand at the top level as well as below `vars`. */
  topLevelKeys?: readonly string[]
  /** Variables that go over all of the inventory's. */
  overrides?: readonly Level[]
}

/**
 * Reads an inventory: YAML 1.2 or a program that gives the same shape; every key known, every host's variables valid by `schema`.
 * @throws UsageError with file, line and column, and the nearest name.
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
  return inventoryOf(
    isAnsible(source.raw)
      ? { ...source, raw: fromAnsible(source.raw, keysAt(schema, [])), textOf: () => undefined }
      : source,
    schema,
    options,
  )
}

/** As `loadInventory`, from a YAML text. */
export const parseInventory = <S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  options: InventoryOptions = {},
): Inventory<z.output<S>> => inventoryOf(yamlSource(text, path), schema, options)

function inventoryOf<S extends z.ZodType>(
  { path, raw, where, textOf }: Source,
  schema: S,
  { topLevelKeys: extra = [], overrides: over = [] }: InventoryOptions,
): Inventory<z.output<S>> {
  const lifted = Object.fromEntries(extra.filter((key) => key in raw).map((key) => [key, raw[key]]))
  const own = Object.fromEntries(Object.entries(raw).filter(([key]) => !extra.includes(key)))
  const result = readAs(shape, own, textOf)
  if (!result.success) throw issueError(result.error.issues[0]!, shape, extra, where)
  const parsed = result.data

  const entries = expandHosts(parsed, where)
  const groups = membership(parsed, [...entries.keys()], where)
  const order = parentsFirst(parsed.groups)
  const sets = new Map(order.map((group) => [group, new Set(groups[group])]))
  const levelOf = (values: Record<string, unknown> | undefined, prefix: Level['prefix']): Level => ({
    values: values ?? {},
    prefix,
    where,
    textOf,
  })
  const base = dirname(resolve(path))
  const hosts = [...entries].map(([host, { key, address }]): InventoryHost<z.output<S>> => {
    const entry = parsed.hosts[key]
    const above = order.filter((group) => sets.get(group)!.has(host))
    const levels = [
      levelOf(lifted, []),
      levelOf(parsed.vars, ['vars']),
      ...above.map((group) => levelOf(parsed.groups[group]!.vars, ['groups', group, 'vars'])),
      levelOf(entry?.vars, ['hosts', key, 'vars']),
      ...over,
    ]
    const textOfVariable = (route: Level['prefix']): string | undefined => {
      const source = decides(levels, route)
      return source.textOf([...source.prefix, ...route])
    }
    const checked = readAs(schema, mergeLevels(levels), textOfVariable)
    if (!checked.success) {
      const issue = checked.error.issues[0]!
      const route = [
        ...(issue.path as Level['prefix']),
        ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []),
      ]
      const source = decides(levels, route)
      throw issueError(issue, schema, [], source.where, source.prefix)
    }
    const reached: Login = [parsed.defaults, ...above.map((group) => parsed.groups[group]!), entry ?? {}].reduce<Login>(
      (sum, level) => ({ ...sum, ...level }),
      {},
    )
    return {
      name: host,
      target: sshTarget(host, reached, address, base),
      connection: reached.connection ?? 'ssh',
      become: reached.become ?? 'sudo',
      becomeUser: reached.become_user,
      secrets: { become: reached.become_password, password: reached.password, passphrase: reached.identity_passphrase },
      vars: checked.data,
      origins: () => provenance(checked.data, levels),
    }
  })
  const byName = new Map(hosts.map((host) => [host.name, host]))
  const hop = (text: string): Reachable => {
    const { host, ...login } = parseHop(text)
    const known = byName.get(host)
    if (known) return { ...known, target: { ...known.target, ...login }, listed: true }
    const { defaults } = parsed
    return {
      name: host,
      connection: 'ssh',
      become: 'none',
      target: sshTarget(host, { ...defaults, proxy_jump: undefined, ...login }, host, base),
      secrets: { become: undefined, password: defaults.password, passphrase: defaults.identity_passphrase },
    }
  }
  return {
    path,
    hosts,
    groups,
    hop,
    select: (pattern) => selectHosts(pattern, groups).map((host) => byName.get(host)!),
  }
}

/** Each host by name, with the key that it stands under and its address: of a range, each its own. @throws UsageError */
function expandHosts(parsed: Shape, where: Source['where']): Map<string, { key: string; address: string }> {
  const found = new Map<string, { key: string; address: string }>()
  for (const [key, entry] of Object.entries(parsed.hosts)) {
    const names = expandRanges(key)
    const given = entry?.address
    const addresses =
      given === undefined
        ? names
        : names.length > 1 && given.includes('[')
          ? expandRanges(given)
          : names.map(() => given)
    if (addresses.length !== names.length)
      throw new UsageError(
        `${where(['hosts', key, 'address'])}: ${key} is ${names.length} hosts, but ${given} ${addresses.length} addresses`,
      )
    if (given !== undefined && names.length > 1 && !given.includes('['))
      throw new UsageError(`${where(['hosts', key, 'address'])}: ${key} is ${names.length} hosts with one address`, {
        hint: 'Give the address a range too: address: 10.0.0.[1:20].',
      })
    for (const [index, name] of names.entries()) {
      const twin = found.get(name)
      if (twin)
        throw new UsageError(
          `${where(['hosts', key])}: the host '${name}' is there twice: in ${twin.key} and in ${key}`,
        )
      const read = given === undefined ? { address: name } : readAddress(addresses[index]!)
      if ('wrong' in read)
        throw new UsageError(`${where(['hosts', key, 'address'])}: the address '${addresses[index]}' ${read.wrong}`, {
          hint: read.mend,
        })
      found.set(name, { key, address: read.address })
    }
  }
  return found
}
