import { CutoverError, UnsafeError } from '../../../runner/index.ts'
import { markOf, ownerOf } from './mark.ts'
import { letsIn, overlaps } from './overlap.ts'
import { hasPorts, inWords, type Rule } from './rules.ts'
import { isNamed, Table } from './table.ts'
import { deciding, openToAll, verdictOn, type WayIn } from './verdict.ts'
import type { WantedLists } from './wanted-list.ts'
import { rulesOfVersion, wantedInWords } from './wanted-rule.ts'

/** The rules in ufw's files. `v6` is undefined where ufw does not manage IPv6. */
export interface Rules {
  v4: readonly Rule[]
  v6: readonly Rule[] | undefined
}

export interface Wanted extends WantedLists {
  /** Whose rules these are: rules of the same owner that are not wanted are deleted. */
  owner: string
  /** How this run came in. If it did not come over the network, only the port of SSH is known. */
  way: WayIn | { port: number }
}

export interface Plan {
  /** Arguments of ufw, one command after the other. */
  commands: string[][]
  /** The commands in words for a person. */
  words: string[]
  /** All rules as they are, and as they will be, a line each. */
  before: string[]
  after: string[]
  /** Whether a rule limits how often somebody may come in by our way. */
  limited: boolean
}

/** The rules of one IP version, and what is wanted of them. */
interface Side {
  table: Table
  wanted: readonly Rule[]
}

/**
 * Plans what to do so that the wanted rules are there and have their effect, a new connection by our own way gets in,
 * and rules of ours that nobody wants any more are deleted. Rules of others stay, in their order, unless an author names
 * them as absent.
 * @throws CutoverError where rules of others leave no place for ours, or the wanted rules would keep us out
 */
export function plan({ v4, v6 }: Rules, wanted: Wanted): Plan {
  const six = wanted.wanted.find(({ version }) => version === 6)
  if (six && !v6)
    throw new CutoverError(`ufw does not manage IPv6 here, which '${wantedInWords(six)}' is about`, {
      hint: 'Set IPV6=yes in /etc/default/ufw there, or leave the rule out.',
    })
  const first = sideOf(4, v4, wanted)
  const sides = v6 ? [first, sideOf(6, v6, wanted, first.table)] : [first]
  for (const { table, wanted: rules } of sides)
    for (const rule of laterFirst(rules)) table.ensure(rule, rules.slice(rules.indexOf(rule) + 1))
  const { way } = wanted
  if ('from' in way) keepWayOpen(sides, wanted, way)
  else for (const side of sides) keepPortOpen(side, wanted)
  for (const { table } of sides) table.sweep()
  const tables = sides.map(({ table }) => table)
  return {
    commands: [...first.table.adds, ...tables.flatMap(({ deletes }) => deletes)],
    words: summarized(tables),
    before: [...v4, ...(v6 ?? [])].map(line),
    after: tables.flatMap(({ kept }) => kept).map(line),
    limited: 'from' in way && tables.some((table) => deciding(table.kept, way)?.action === 'limit'),
  }
}

/** A rule as a line of a diff. */
const line = (rule: Rule): string =>
  `${rule.incoming ? '' : 'not incoming: '}${inWords(rule)}${rule.from.includes(':') ? ' (v6)' : ''}` +
  `${rule.profile === '' ? '' : ` (${rule.profile.replace(/^- | -$/, '')})`}${rule.comment === '' ? '' : ` # ${rule.comment}`}\n`

/** A rule of ours for the port of SSH stays: another operator may come in by it. It goes where others are named for it. */
function sideOf(version: 4 | 6, rules: readonly Rule[], { owner, wanted, absent, way }: Wanted, before?: Table): Side {
  const [those, unwanted] = [wanted, absent].map((list) =>
    rulesOfVersion(list, version, ({ comment }) => markOf(owner, comment)),
  ) as [Rule[], Rule[]]
  const isWayIn = ({ action, ports }: Rule): boolean => action === 'allow' && ports === String(way.port)
  const staysOpen = !namesPort(wanted, way.port)
  const isUnwanted = (rule: Rule): boolean =>
    unwanted.some((each) => isNamed(rule, each)) ||
    (ownerOf(rule) === owner && !(staysOpen && isWayIn(rule)) && !those.some((each) => isNamed(rule, each)))
  return { table: new Table(version, rules, { owner, isUnwanted, isWayIn, ...(before && { before }) }), wanted: those }
}

/** Whether the wanted rules themselves say who gets in by the port of SSH. */
const namesPort = (wanted: Wanted['wanted'], port: number): boolean =>
  wanted.some(
    ({ action, protocol, ports }) =>
      (action === 'allow' || action === 'limit') &&
      protocol !== 'udp' &&
      ports !== 'any' &&
      hasPorts(ports, String(port)),
  )

/**
 * The rules in an order in which they can be put into their places: each after those that must come after it, and
 * otherwise as they are.
 */
function laterFirst(rules: readonly Rule[]): Rule[] {
  const rest = [...rules]
  const order: Rule[] = []
  while (rest.length > 0) {
    const next = rest.findIndex(
      (rule, index) => !rest.slice(index + 1).some((later) => later.action !== rule.action && overlaps(later, rule)),
    )
    order.push(...rest.splice(next, 1))
  }
  return order
}

/** @throws CutoverError if no rule can let a new connection by our own way in */
function keepWayOpen(sides: readonly Side[], wanted: Wanted, way: WayIn): void {
  const ssh = `${way.port}/tcp`
  const own = sides.find(({ table }) => table.version === (way.from.includes(':') ? 6 : 4))
  if (!own)
    throw new CutoverError('ufw would close IPv6, over which we came in', {
      hint: 'Set IPV6=yes in /etc/default/ufw there, or connect over IPv4.',
    })
  const { table } = own
  const verdict = verdictOn(table.kept, way)
  if (verdict !== 'open')
    refuseToShutOut(own, wanted, { from: way.from, by: verdict === 'closed' ? undefined : verdict.by })
  if (verdict === 'closed') table.open(ssh)
  else if (verdict !== 'open') table.letIn(way.from, ssh, verdict.by)
  // The name of a host may have addresses of both IP versions, and the next login may use the other one.
  for (const { table: other } of sides)
    if (other !== table && table.opens(String(way.port)) && openToAll(other.kept, ssh) === 'closed') other.open(ssh)
  if (verdictOn(table.kept, way) !== 'open')
    throw new CutoverError(`no rule of ufw’s could be made that lets us in from ${way.from}`, {
      hint: 'See `sudo ufw status numbered` there: which rule closes the port of SSH?',
    })
}

/** Keeps the port of SSH open for everybody, where nobody knows from where the next login comes. */
function keepPortOpen(side: Side, wanted: Wanted): void {
  const { port } = wanted.way
  const verdict = openToAll(side.table.kept, `${port}/tcp`)
  if (verdict === 'open' || (verdict !== 'closed' && letsIn(verdict.by)) || namesPort(wanted.wanted, port)) return
  refuseToShutOut(side, wanted, { from: 'elsewhere', by: verdict === 'closed' ? undefined : verdict.by })
  side.table.open(`${port}/tcp`)
}

/**
 * @param by the rule that keeps a login out; undefined where no rule lets it in
 * @throws UnsafeError if it is kept out by what the author wants, so that we must not open it against that
 */
function refuseToShutOut(
  { wanted: rules, table }: Side,
  { wanted, absent, way: { port } }: Wanted,
  { from, by }: { from: string; by: Rule | undefined },
): void {
  const ssh = `port ${port}, by which we come in from ${from}`
  const hint = `Put a rule before it that lets us in: { port: '${port}/tcp', from: 'ADDRESS' }. Nothing was changed.`
  const closing = by && rules.find((rule) => isNamed(by, rule))
  if (closing) throw new UnsafeError(`'${inWords(closing)}' would close ${ssh}`, { hint })
  if (by) return
  if (namesPort(wanted, port))
    throw new UnsafeError(`the rules for port ${port} let nobody in from ${from}, from where we come`, {
      hint: `Add { port: '${port}/tcp', from: 'ADDRESS' } to them. Nothing was changed.`,
    })
  const opening = rulesOfVersion(absent, table.version, () => '').find((rule) => inWords(rule) === `allow ${port}/tcp`)
  if (opening)
    throw new UnsafeError(`without '${inWords(opening)}' nothing opens ${ssh}`, {
      hint: `Name who gets in by it in \`rules\`: { port: '${port}/tcp', from: 'ADDRESS' }. Nothing was changed.`,
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
