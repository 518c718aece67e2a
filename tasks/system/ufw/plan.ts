import { CutoverError } from '../../../runner/index.ts'
import type { Rule } from './rules.ts'
import { isOurs, Table } from './table.ts'
import { openToAll, verdictOn, type WayIn } from './verdict.ts'

/** What ufw's files have. `v6` is undefined where ufw does not manage IPv6. */
export interface Rules {
  v4: readonly Rule[]
  v6: readonly Rule[] | undefined
}

export interface Wanted {
  /** Ports to be open to everybody, as `443/tcp` or `60000:61000/udp`. */
  allow: readonly string[]
  /** How this very run came in; where it did not come over the network, the port on which one would. */
  way: WayIn | { port: number }
}

export interface Plan {
  /** Arguments of ufw, one command after the other. */
  commands: string[][]
  /** What they do, in words. */
  words: string[]
}

/**
 * What is to be done so that the wanted ports are open, a new connection by our own way gets in, and rules of ours that
 * nobody wants any more are gone. Rules of others stay, each in its order.
 * @throws CutoverError where others' rules leave no place for ours
 */
export function plan({ v4, v6 }: Rules, { allow, way }: Wanted): Plan {
  const ssh = `${way.port}/tcp`
  // Another operator may come in by one of ours that lets this port in.
  const doomed = (rule: Rule): boolean =>
    isOurs(rule) && rule.ports !== String(way.port) && !allow.includes(`${rule.ports}/${rule.protocol}`)
  const first = new Table(4, v4, doomed)
  const tables = v6 ? [first, new Table(6, v6, doomed, first)] : [first]
  for (const table of tables) for (const ports of new Set(allow)) table.open(ports)
  if ('from' in way) {
    const own = tables.find(({ version }) => version === (way.from.includes(':') ? 6 : 4))
    if (!own)
      throw new CutoverError('ufw would close IPv6, over which we came in', {
        hint: 'Set IPV6=yes in /etc/default/ufw there, or connect over IPv4.',
      })
    const verdict = verdictOn(own.kept, way)
    if (verdict === 'closed') own.open(ssh)
    else if (verdict !== 'open') own.letIn(way.from, way.port, verdict.by)
    // A name may have addresses of both kinds, and the next login goes to the other.
    for (const other of tables)
      if (other !== own && own.opens(String(way.port)) && openToAll(other.kept, String(way.port), 'tcp') === 'closed')
        other.open(ssh)
    if (verdictOn(own.kept, way) !== 'open')
      throw new CutoverError(`no rule of ufw’s could be made that lets us in from ${way.from}`, {
        hint: 'See `sudo ufw status numbered` there: which rule closes the port of SSH?',
      })
  } else for (const table of tables) table.open(ssh)
  for (const table of tables) table.sweep()
  return {
    commands: [...tables.flatMap(({ adds }) => adds), ...tables.flatMap(({ deletes }) => deletes)],
    words: together(tables),
  }
}

/** What is done for both IP versions is said once. */
function together(tables: readonly Table[]): string[] {
  const all = tables.flatMap(({ version, words }) => words.map((text) => ({ version, text })))
  return [...new Set(all.map(({ text }) => text))].map((text) => {
    const of = all.filter((each) => each.text === text)
    return tables.length > 1 && of.length === 1 ? `${text} (IPv${of[0]!.version})` : text
  })
}
