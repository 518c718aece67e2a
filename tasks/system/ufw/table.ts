import { CutoverError } from '../../../runner/index.ts'
import { markOf, ownerOf } from './mark.ts'
import { areEqual, covers, letsIn, overlaps } from './overlap.ts'
import { anySource, hasPorts, inWords, isEverywhere, type Rule, splitPort } from './rules.ts'
import { openToAll } from './verdict.ts'
import { asRule } from './wanted-rule.ts'

const criteria = ['protocol', 'to', 'ports', 'from', 'interfaceName', 'incoming', 'profile'] as const

/** Whether two rules apply to the same, in the same words; their source ports may be written in two ways. */
const isAlike = (a: Rule, b: Rule): boolean =>
  criteria.every((key) => a[key] === b[key]) && anySource(a.fromPorts) === anySource(b.fromPorts)

/**
 * Whether ufw takes two rules for the same one: it then changes action and comment in place, and adds no second rule.
 */
const isTwin = (a: Rule, b: Rule): boolean => isAlike(a, b) && a.fromPorts === b.fromPorts

/** Whether a rule is what an author named: this action for these connections. */
export const isNamed = (rule: Rule, named: Rule): boolean => rule.action === named.action && isAlike(rule, named)

/** A rule as arguments of ufw. Its addresses make it a rule of one IP version. */
const argumentsOf = ({ action, interfaceName, log, protocol, from, fromPorts, to, ports }: Rule): string[] => [
  action,
  ...(interfaceName === '' ? [] : ['in', 'on', interfaceName]),
  ...(log === '' ? [] : [log]),
  ...(protocol === 'any' ? [] : ['proto', protocol]),
  ...['from', from],
  ...(fromPorts === 'any' ? [] : ['port', fromPorts]),
  ...['to', isEverywhere(to) ? 'any' : to],
  ...(ports === 'any' ? [] : ['port', ports]),
]

const withComment = (rule: Rule): string[] => [
  ...argumentsOf(rule),
  ...(rule.comment === '' ? [] : ['comment', rule.comment]),
]

// ufw finds a rule to delete without its comment.
const deletion = (rule: Rule): string[] => ['delete', ...argumentsOf(rule)]

export interface TableOptions {
  /** Whose rules this is about. */
  owner: string
  /** Rules that will be deleted: nothing may depend on them. */
  isUnwanted: (rule: Rule) => boolean
  /** Whether a rule for the port of SSH lets an operator in: one of another owner may stand behind ours. */
  isWayIn?: (rule: Rule) => boolean
  /** For the rules of IPv6, those of IPv4: ufw numbers on from them, and runs the commands of both in one order. */
  before?: Table
}

/** The rules of one IP version, as they will be after the commands so far. */
export class Table {
  readonly version: 4 | 6
  /** Arguments of ufw for the commands that make rules, in order; with `before`, those of both tables. */
  readonly adds: string[][]
  /** Arguments of ufw for the commands that delete rules. They run after all others. */
  readonly deletes: string[][] = []
  /** The commands in words for a person. */
  readonly words: string[] = []
  readonly #rules: Rule[]
  readonly #options: TableOptions

  constructor(version: 4 | 6, rules: readonly Rule[], options: TableOptions) {
    this.version = version
    this.#rules = [...rules]
    this.#options = options
    this.adds = options.before?.adds ?? []
  }

  /** The rules that stay. */
  get kept(): Rule[] {
    return this.#rules.filter((rule) => !this.#options.isUnwanted(rule))
  }

  /** Whether a rule of ours opens a port to everybody. */
  opens(port: string): boolean {
    return this.kept.some(
      (rule) =>
        this.#isOurs(rule) &&
        rule.action === 'allow' &&
        rule.interfaceName === '' &&
        isEverywhere(rule.from) &&
        hasPorts(rule.ports, port),
    )
  }

  /**
   * Makes a rule, or moves one of ours, so that it has its effect.
   * @param later the rules that must come after it
   * @throws CutoverError if a rule of somebody else stands in the way
   */
  ensure(wanted: Rule, later: readonly Rule[]): void {
    const stands = this.#rules.findIndex((rule) => this.#isOurs(rule) && isAlike(rule, wanted))
    const obstacle = this.#rules.findIndex(
      (rule) =>
        rule !== this.#rules[stands] && !this.#options.isUnwanted(rule) && this.#mustFollow(rule, wanted, later),
    )
    const other = this.#rules[obstacle]
    if (other) this.#refuseDispute(wanted, other)
    const isInPlace = (index: number): boolean => index >= 0 && (obstacle < 0 || index < obstacle)
    if (isInPlace(stands)) return this.#update(stands, wanted)
    const covered = this.#rules.findIndex(
      (rule) => this.#isOthers(rule) && rule.action === wanted.action && covers(rule, wanted),
    )
    if (isInPlace(covered)) return
    this.#add(wanted, other && obstacle)
    this.words.push(`${inWords(wanted)}${other ? ` before '${inWords(other)}'` : ''}`)
  }

  /**
   * Opens a port (`443/tcp`) to everybody, before the rule that closes it if there is one.
   * @throws CutoverError if a rule of somebody else stands in the way
   */
  open(port: string): void {
    const verdict = openToAll(this.kept, port)
    if (verdict === 'open') return
    const rule = this.#ruleFor(port)
    this.#add(rule, verdict === 'closed' ? undefined : this.#rules.indexOf(verdict.by))
    this.words.push(`${inWords(rule)}${verdict === 'closed' ? '' : ` before '${inWords(verdict.by)}'`}`)
  }

  /**
   * Lets one address in, before all other rules.
   * @param blocking the rule that keeps it out
   * @throws CutoverError if a rule of somebody else stands in the way
   */
  letIn(from: string, port: string, blocking: Rule): void {
    const rule = { ...this.#ruleFor(port), from }
    this.#add(rule, 0)
    this.words.push(`${inWords(rule)} before '${inWords(blocking)}'`)
  }

  /** Deletes the unwanted rules. */
  sweep(): void {
    for (const rule of this.#rules.filter(this.#options.isUnwanted)) {
      this.deletes.push(deletion(rule))
      this.words.push(`remove '${inWords(rule)}'`)
    }
  }

  #isOurs(rule: Rule): boolean {
    return ownerOf(rule) === this.#options.owner
  }

  /** Whether it is somebody else's, and stays. */
  #isOthers(rule: Rule): boolean {
    return !this.#isOurs(rule) && !this.#options.isUnwanted(rule)
  }

  /** Whether a rule would take the effect of a wanted one if it came before it. */
  #mustFollow(rule: Rule, wanted: Rule, later: readonly Rule[]): boolean {
    if (rule.action === wanted.action) return false
    // It does what a later wanted rule does.
    if (later.some((each) => each.action === rule.action && covers(rule, each)) && overlaps(rule, wanted)) return true
    if (covers(rule, wanted)) return true
    // What a rule is to keep out stays out. A narrower rule is an exception that somebody made on purpose.
    return !letsIn(wanted) && letsIn(rule) && overlaps(rule, wanted) && !covers(wanted, rule)
  }

  /** @throws CutoverError if two owners want contrary things: each would put its own rule first again and again */
  #refuseDispute(wanted: Rule, other: Rule): void {
    const owner = ownerOf(other)
    if (owner === undefined || this.#isOurs(other) || !areEqual(wanted, other)) return
    if (other.action === 'allow' && this.#options.isWayIn?.(other) === true) return
    throw new CutoverError(
      `'${inWords(wanted)}' of ${this.#options.owner} is contrary to '${inWords(other)}' of ${owner}`,
      { hint: 'Both would put their rule first at each run. Take one of them out of its playbook or inventory.' },
    )
  }

  #ruleFor(port: string): Rule {
    const open = { action: 'allow', ...splitPort(port), from: undefined, interfaceName: '' } as const
    return asRule(open, this.version, markOf(this.#options.owner))
  }

  /** Gives a rule of ours that is in its place the wanted action and comment. ufw does it in place. */
  #update(index: number, wanted: Rule): void {
    const rule = this.#rules[index]
    if (!rule || (rule.action === wanted.action && rule.comment === wanted.comment)) return
    const updated = { ...wanted, fromPorts: rule.fromPorts }
    this.adds.push(withComment(updated))
    this.#rules[index] = updated
    this.words.push(
      rule.action === wanted.action
        ? `comment of '${inWords(wanted)}'`
        : `${inWords(wanted)} in place of '${inWords(rule)}'`,
    )
  }

  /** @param before the index of the rule that it must precede; undefined: at the end */
  #add(plain: Rule, before: number | undefined): void {
    // ufw would turn somebody's rule of the same form into ours. With all source ports named, it is another rule for
    // ufw; that needs a protocol.
    const forms = plain.protocol === 'any' ? [plain] : [plain, { ...plain, fromPorts: '1:65535' }]
    const rule = forms.find((form) => !this.#rules.some((other) => isTwin(other, form) && this.#isOthers(other)))
    if (!rule)
      throw new CutoverError(`a rule that is not ours stands in the way of: ${inWords(plain)}`, {
        hint: 'See `sudo ufw status numbered` there, and delete the rule that closes this port.',
      })
    // A rule of ours in the wrong place must go first: ufw would leave it where it is. So must one that is unwanted.
    const twin = this.#rules.findIndex((other) => isTwin(other, rule))
    const old = this.#rules[twin]
    if (old) {
      this.adds.push(deletion(old))
      this.#rules.splice(twin, 1)
      if (!this.#isOurs(old) || old.action !== rule.action) this.words.push(`remove '${inWords(old)}'`)
    }
    if (before === undefined) {
      this.adds.push(withComment(rule))
      this.#rules.push(rule)
      return
    }
    const { verb, index } = this.#placeAt(before - (old && twin < before ? 1 : 0))
    this.adds.push([...verb, ...withComment(rule)])
    this.#rules.splice(index, 0, rule)
  }

  /**
   * The verb of ufw that puts a rule at an index, or at the nearest one before it that ufw can. ufw's numbers begin at
   * 1, and those of IPv6 follow those of IPv4.
   */
  #placeAt(index: number): { verb: string[]; index: number } {
    let start = index
    while (this.#continuesProfile(start)) start -= 1
    if (start === 0 || start >= this.#count) return { verb: ['prepend'], index: 0 }
    const { before } = this.#options
    return { verb: ['insert', String(start + 1 + (before ? before.#count : 0))], index: start }
  }

  /** Whether a rule and the one before it come from the same profile, so that no rule can be put between them. */
  #continuesProfile(index: number): boolean {
    const [previous, rule] = [this.#rules[index - 1], this.#rules[index]]
    return (
      previous !== undefined && rule !== undefined && rule.profile !== '' && profileOf(rule) === profileOf(previous)
    )
  }

  /** How many rules ufw counts: the rules of one profile have a line each, and count as one. */
  get #count(): number {
    const profiles = this.#rules.filter(({ profile }) => profile !== '')
    return this.#rules.length - profiles.length + new Set(profiles.map(profileOf)).size
  }
}

const profileOf = ({ profile, to, from, interfaceName }: Rule): string => [profile, to, from, interfaceName].join(' ')
