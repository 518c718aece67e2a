import { CutoverError } from '../../../runner/index.ts'
import type { Rule } from './rules.ts'
import { isOurs, Table } from './table.ts'
import { openToAll, verdictOn, type WayIn } from './verdict.ts'

/** The rules in ufw's files. `v6` is undefined where ufw does not manage IPv6. */
export interface Rules {
  v4: readonly Rule[]
  v6: readonly Rule[] | undefined
}

export interface Wanted {
  /** The ports to open to everybody, as `443/tcp` or `60000:61000/udp`. */
  allow: readonly string[]
  /** How this run came in. If it did not come over the network, only the port of SSH is known. */
  way: WayIn | { port: number }
}

export interface Plan {
  /** Arguments of ufw, one command after the other. */
  commands: string[][]
  /** The commands in words for a person. */
  words: string[]
}

/**
 * Plans what to do so that the wanted ports are open, a new connection by our own way gets in, and rules of ours that
 * nobody wants any more are deleted. Rules of others stay, in their order.
 * @throws CutoverError where rules of others leave no place for ours
 */
export function plan({ v4, v6 }: Rules, { allow, way }: Wanted): Plan {
  // A rule of ours for the port of SSH stays: another operator may come in by it.
  const isUnwanted = (rule: Rule): boolean =>
    isOurs(rule) && rule.ports !== String(way.port) && !allow.includes(`${rule.ports}/${rule.protocol}`)
  const first = new Table(4, v4, { isUnwanted })
  const tables = v6 ? [first, new Table(6, v6, { isUnwanted, before: first })] : [first]
  for (const table of tables) for (const port of new Set(allow)) table.open(port)
  if ('from' in way) keepWayOpen(tables, way)
  else for (const table of tables) table.open(`${way.port}/tcp`)
  for (const table of tables) table.sweep()
  return {
    commands: [...tables.flatMap(({ adds }) => adds), ...tables.flatMap(({ deletes }) => deletes)],
    words: summarized(tables),
  }
}

/** @throws CutoverError if no rule can let a new connection by our own way in */
function keepWayOpen(tables: readonly Table[], way: WayIn): void {
  const ssh = `${way.port}/tcp`
  const own = tables.find(({ version }) => version === (way.from.includes(':') ? 6 : 4))
  if (!own)
    throw new CutoverError('ufw would close IPv6, over which we came in', {
      hint: 'Set IPV6=yes in /etc/default/ufw there, or connect over IPv4.',
    })
  const verdict = verdictOn(own.kept, way)
  if (verdict === 'closed') own.open(ssh)
  else if (verdict !== 'open') own.letIn(way.from, ssh, verdict.by)
  // The name of a host may have addresses of both IP versions, and the next login may use the other one.
  for (const other of tables)
    if (other !== own && own.opens(String(way.port)) && openToAll(other.kept, ssh) === 'closed') other.open(ssh)
  if (verdictOn(own.kept, way) !== 'open')
    throw new CutoverError(`no rule of ufw’s could be made that lets us in from ${way.from}`, {
      hint: 'See `sudo ufw status numbered` there: which rule closes the port of SSH?',
    })
}

/** The words of all tables. What is done for both IP versions is said once. */
function summarized(tables: readonly Table[]): string[] {
  const versions = new Map<string, number[]>()
  for (const { version, words } of tables)
    for (const text of words) versions.set(text, [...(versions.get(text) ?? []), version])
  return [...versions].map(([text, doneFor]) =>
    tables.length > 1 && doneFor.length === 1 ? `${text} (IPv${doneFor.join()})` : text,
  )
}
