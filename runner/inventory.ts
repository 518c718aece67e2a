import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { UsageError } from './errors.ts'
import { nearest, selectHosts } from './pattern.ts'
import { secretReference } from './secret-reference.ts'

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a name is letters, digits, dots, dashes and underscores')

/** How a host is reached: for all hosts under `defaults`, for one under its own name. */
const login = z.strictObject({
  user: z.string().min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
  identity: z.union([z.string(), z.array(z.string())]).optional(),
  known_hosts: z.string().optional(),
  become: z.enum(['sudo', 'none']).optional(),
  become_password: secretReference.optional(),
  connection: z.enum(['ssh', 'local']).optional(),
})
const vars = z.record(z.string(), z.unknown())
const hostEntry = login.extend({ address: z.string().min(1).optional(), vars: vars.optional() })
const groupEntry = z.strictObject({ hosts: z.array(name).default([]), children: z.array(name).default([]), vars: vars.optional() })

/** The shape of an inventory, for the keys that the runner knows. What `vars` may hold, the playbooks say. */
const shape = z.strictObject({
  defaults: login.default({}),
  hosts: z.record(name, hostEntry.nullable()),
  groups: z.record(name, groupEntry).default({}),
  vars: vars.default({}),
})

/** One host: how it is reached, and its variables, those of everybody, its groups and itself merged. */
export interface InventoryHost<V = unknown> {
  name: string
  address: string
  port: number
  user: string
  identities: readonly string[]
  knownHosts: readonly string[]
  become: 'sudo' | 'none'
  becomePassword: z.infer<typeof secretReference> | undefined
  connection: 'ssh' | 'local'
  vars: V
}

export interface Inventory<V = unknown> {
  path: string
  hosts: readonly InventoryHost<V>[]
  groups: Readonly<Record<string, readonly string[]>>
  /** The hosts that a pattern names. @throws UsageError */
  select(pattern: string): InventoryHost<V>[]
}

/**
 * Reads an inventory: YAML 1.2, every key known, every host's variables valid by `schema`.
 * `extra` names the schema's keys that may stand at the top level as well as below `vars`.
 * @throws UsageError with file, line and column, and the nearest name.
 */
export function loadInventory<S extends z.ZodType>(path: string, schema: S, extra: readonly string[] = []): Inventory<z.output<S>> {
  if (!existsSync(path)) {
    throw new UsageError(`there is no inventory ${path}`, { hint: 'Write one (cp inventory.example.yaml inventory.yaml), or name another with --inventory.' })
  }
  return parseInventory(readFileSync(path, 'utf8'), path, schema, extra)
}

/** As `loadInventory`, from a text. */
export function parseInventory<S extends z.ZodType>(text: string, path: string, schema: S, extra: readonly string[] = []): Inventory<z.output<S>> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  for (const error of document.errors) throw new UsageError(`${at(error.pos[0])}: ${error.message}`)
  const where = (route: Route): string => at(offsetOf(document, route))
  const raw = (document.toJS() ?? {}) as Record<string, unknown>
  if (typeof raw !== 'object' || Array.isArray(raw)) throw new UsageError(`${path}: an inventory is a map with the key 'hosts'`)
  const lifted = Object.fromEntries(extra.filter((key) => key in raw).map((key) => [key, raw[key]]))
  const known = { ...raw }
  for (const key of extra) delete known[key]
  const result = shape.safeParse(known)
  if (!result.success) throw issueError(result.error.issues[0]!, shape, extra, where, [])
  const parsed = result.data

  const groups = membership(parsed, where)
  const base = dirname(resolve(path))
  const file = (given: string): string => resolve(base, given.replace(/^~(?=\/|$)/, homedir()))
  const hosts = Object.entries(parsed.hosts).map(([host, entry]): InventoryHost<z.output<S>> => {
    const own = { ...parsed.defaults, ...entry }
    const above = Object.entries(parsed.groups).filter(([group]) => groups[group]!.includes(host))
    const levels: [Route, Record<string, unknown>][] = [
      [[], lifted],
      [['vars'], parsed.vars],
      ...above.map(([group, { vars }]): [Route, Record<string, unknown>] => [['groups', group, 'vars'], vars ?? {}]),
      [['hosts', host, 'vars'], entry?.vars ?? {}],
    ]
    const merged = levels.reduce((sum, [, level]) => merge(sum, level), {} as Record<string, unknown>)
    const checked = schema.safeParse(merged)
    if (!checked.success) {
      const issue = checked.error.issues[0]!
      const route = [...(issue.path as Route), ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])]
      const deepest = Math.max(...levels.map(([, level]) => depth(level, route)))
      const source = levels.findLast(([, level]) => depth(level, route) === deepest)!
      throw issueError(issue, schema, [], where, source[0])
    }
    return {
      name: host,
      address: entry?.address ?? host,
      port: own.port ?? 22,
      user: own.user ?? process.env.USER ?? 'root',
      identities: [own.identity ?? []].flat().map(file),
      knownHosts: own.known_hosts ? [file(own.known_hosts)] : [file('~/.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'],
      become: own.become ?? 'sudo',
      becomePassword: own.become_password,
      connection: own.connection ?? 'ssh',
      vars: checked.data,
    }
  })
  return { path, hosts, groups, select: (pattern) => selectHosts(pattern, groups).map((host) => hosts.find((each) => each.name === host)!) }
}

type Route = (string | number)[]

/** Which hosts each group holds, its children's too. @throws UsageError for an unknown host or group, or a circle. */
function membership(parsed: z.output<typeof shape>, where: (route: Route) => string): Record<string, string[]> {
  const hosts = Object.keys(parsed.hosts)
  if (hosts.length === 0) throw new UsageError(`${where(['hosts'])}: there is no host`)
  const members = (group: string, path: readonly string[]): string[] => {
    if (path.includes(group)) throw new UsageError(`${where(['groups', group])}: the group '${group}' is its own child: ${[...path, group].join(' → ')}`)
    const entry = parsed.groups[group]!
    for (const [index, host] of entry.hosts.entries()) {
      if (!hosts.includes(host)) throw new UsageError(`${where(['groups', group, 'hosts', index])}: no host is called '${host}'`, { hint: nearest(host, hosts) })
    }
    for (const [index, child] of entry.children.entries()) {
      if (!Object.hasOwn(parsed.groups, child)) throw new UsageError(`${where(['groups', group, 'children', index])}: no group is called '${child}'`, { hint: nearest(child, Object.keys(parsed.groups)) })
    }
    return [...new Set([...entry.hosts, ...entry.children.flatMap((child) => members(child, [...path, group]))])]
  }
  const groups = Object.keys(parsed.groups)
  const taken = groups.find((group) => hosts.includes(group) || group === 'all')
  if (taken) throw new UsageError(`${where(['groups', taken])}: '${taken}' is ${taken === 'all' ? 'every host already' : 'a host’s name'}: call the group something else`)
  return { all: hosts, ...Object.fromEntries(groups.map((group) => [group, members(group, [])])) }
}

/** Where in the text a route leads, or as far towards it as the text goes. */
function offsetOf(document: Document, route: Route): number {
  for (let length = route.length; length > 0; length--) {
    const parent = document.getIn(route.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isNode(key) && String(key.toJSON()) === String(route[length - 1]))
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
    const node = document.getIn(route.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return 0
}

/** How far a route leads into a value. */
function depth(value: unknown, route: Route): number {
  let at = value
  for (const [index, key] of route.entries()) {
    if (at === null || typeof at !== 'object' || !(key in at)) return index
    at = (at as Record<string | number, unknown>)[key]
  }
  return route.length
}

function issueError(issue: z.core.$ZodIssue, schema: z.ZodType, extra: readonly string[], where: (route: Route) => string, prefix: Route): UsageError {
  const route = [...prefix, ...(issue.path as Route)]
  const key = route.join('.')
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!
    return new UsageError(`${where([...route, unknown])}: unknown key '${unknown}'${key ? ` in ${key}` : ''}`, { hint: nearest(unknown, [...keysAt(schema, issue.path as Route), ...(route.length === 0 ? extra : [])]) })
  }
  const inner = issue.code === 'invalid_union' && issue.message === 'Invalid input' ? issue.errors.flat()[0]?.message : undefined
  return new UsageError(`${where(route)}: ${key || 'inventory'}: ${inner ?? issue.message}`)
}

/** The keys that a schema allows at a path. */
function keysAt(schema: z.ZodType, path: Route): string[] {
  let at: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const open = (node: unknown): Record<string, unknown>[] => {
    if (node === null || typeof node !== 'object') return []
    const { anyOf, oneOf, allOf } = node as Record<string, unknown[] | undefined>
    return [node as Record<string, unknown>, ...[anyOf, oneOf, allOf].flatMap((list) => (list ?? []).flatMap(open))]
  }
  for (const key of path) {
    const next = open(at).map((node) => (node.properties as Record<string, unknown> | undefined)?.[key] ?? (typeof key === 'number' ? node.items : node.additionalProperties)).find((node) => typeof node === 'object')
    at = next
  }
  return open(at).flatMap((node) => Object.keys((node.properties as object | undefined) ?? {}))
}

/** Maps are merged key by key; anything else is replaced. */
function merge(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const sum = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const old = sum[key]
    sum[key] = isRecord(old) && isRecord(value) ? merge(old, value) : value
  }
  return sum
}

const isRecord = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)
