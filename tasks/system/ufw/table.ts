import { CutoverError } from '../../../runner/index.ts'
import { hasPorts, inWords, isEverywhere, type Rule } from './rules.ts'
import { openToAll } from './verdict.ts'

/** The comment that rules of ours bear: by it they are known again. */
export const mark = 'managed by cutover'

/** A rule that we made: it has our comment, and a form of ours. */
export const isOurs = ({ action, comment, on, profile, incoming }: Rule): boolean =>
  comment === mark && action === 'allow' && on === '' && profile === '' && incoming

/** The same rule for ufw, which then changes it in its place: only action and comment may differ. */
const isTwin = (a: Rule, b: Rule): boolean =>
  (['protocol', 'to', 'ports', 'from', 'fromPorts', 'on', 'incoming', 'profile'] as const).every(
    (key) => a[key] === b[key],
  )

/** A rule as arguments of ufw; its addresses make it one of one IP version. */
const form = ({ protocol, from, fromPorts, to, ports }: Rule): string[] => [
  'proto',
  protocol,
  'from',
  from,
  ...(fromPorts === 'any' ? [] : ['port', fromPorts]),
  'to',
  isEverywhere(to) ? 'any' : to,
  'port',
  ports,
]

/** The rules of one IP version, as they will be after the commands so far. */
export class Table {
  readonly version: 4 | 6
  /** Arguments of ufw, one command after the other: what opens. */
  readonly adds: string[][] = []
  /** And what closes, in the end. */
  readonly deletes: string[][] = []
  readonly words: string[] = []
  readonly #rules: Rule[]
  readonly isUnwanted: (rule: Rule) => boolean
  /** Those of IPv4, where these are of IPv6: ufw counts on from them. */
  readonly #before: Table | undefined

  /** @param doomed which rules will be taken away: they are counted on no more. */
  constructor(version: 4 | 6, rules: readonly Rule[], doomed: (rule: Rule) => boolean, before?: Table) {
    this.version = version
    this.#rules = [...rules]
    this.isUnwanted = doomed
    this.#before = before
  }

  /** The rules that stay. */
  get kept(): Rule[] {
    return this.#rules.filter((rule) => !this.isUnwanted(rule))
  }

  /** Whether a rule of ours opens a port to everybody. */
  opens(port: string): boolean {
    return this.kept.some((rule) => isOurs(rule) && isEverywhere(rule.from) && hasPorts(rule.ports, port))
  }

  /** Opens ports (`443/tcp`) to everybody, before the rule that closes them if there is one. @throws CutoverError */
  open(each: string): void {
    const [ports, protocol] = each.split('/') as [string, string]
    const verdict = openToAll(this.kept, ports, protocol)
    if (verdict === 'open') return
    this.#add(this.#rule(ports, protocol), verdict === 'closed' ? undefined : this.#rules.indexOf(verdict.by))
    this.words.push(`allow ${each}${verdict === 'closed' ? '' : ` before '${inWords(verdict.by)}'`}`)
  }

  /** Lets one address in, before all other rules. @param by what keeps it out. @throws CutoverError */
  letIn(from: string, port: number, by: Rule): void {
    this.#add({ ...this.#rule(String(port), 'tcp'), from }, 0)
    this.words.push(`allow ${port}/tcp from ${from} before '${inWords(by)}'`)
  }

  /** Takes away what is ours and wanted no more. */
  sweep(): void {
    for (const rule of this.#rules.filter(this.isUnwanted)) {
      this.deletes.push(['delete', 'allow', ...form(rule), 'comment', mark])
      this.words.push(`remove '${inWords(rule)}'`)
    }
  }

  #rule(ports: string, protocol: string): Rule {
    const everywhere = this.version === 6 ? '::/0' : '0.0.0.0/0'
    return {
      action: 'allow',
      protocol,
      ports,
      to: everywhere,
      from: everywhere,
      fromPorts: 'any',
      on: '',
      incoming: true,
      profile: '',
      comment: mark,
    }
  }

  /** @param before the place of the rule that it must stand before; undefined: at the end. */
  #add(plain: Rule, before: number | undefined): void {
    // Somebody's rule of the same form would be changed into ours. The same in other words is another rule for ufw.
    const rule = [plain, { ...plain, fromPorts: '1:65535' }].find(
      (each) => !this.#rules.some((other) => isTwin(other, each) && !isOurs(other)),
    )
    if (!rule)
      throw new CutoverError(`a rule that is not ours stands in the way of: ${inWords(plain)}`, {
        hint: 'See `sudo ufw status numbered` there, and delete the rule that closes this port.',
      })
    // One of ours that is in the wrong place: it would be left there.
    const twin = this.#rules.findIndex((other) => isTwin(other, rule))
    if (twin >= 0) {
      this.adds.push(['delete', 'allow', ...form(rule), 'comment', mark])
      this.#rules.splice(twin, 1)
    }
    const place = before === undefined ? this.#rules.length : before - (twin >= 0 && twin < before ? 1 : 0)
    this.adds.push([...(before === undefined ? ['allow'] : this.#placed(place)), ...form(rule), 'comment', mark])
    this.#rules.splice(place, 0, rule)
  }

  /** ufw numbers those of IPv6 on from those of IPv4. A profile's rules have a place each, and count once. */
  #placed(place: number): string[] {
    let start = place
    while (
      start > 0 &&
      this.#rules[start]!.profile !== '' &&
      profiled(this.#rules[start]!) === profiled(this.#rules[start - 1]!)
    )
      start -= 1
    if (start === 0 || start >= this.#count) return ['prepend', 'allow']
    return ['insert', String(start + 1 + (this.#before ? this.#before.#count : 0)), 'allow']
  }

  get #count(): number {
    const profiles = this.#rules.filter(({ profile }) => profile !== '')
    return this.#rules.length - profiles.length + new Set(profiles.map(profiled)).size
  }
}

const profiled = ({ profile, to, from, on }: Rule): string => [profile, to, from, on].join(' ')
