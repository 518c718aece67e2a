import { CutoverError } from '../../../runner/index.ts'
import { hasPorts, inWords, isEverywhere, type Rule, splitPort } from './rules.ts'
import { openToAll } from './verdict.ts'

/** The comment of the rules that Cutover makes. It is how they are recognized later. */
export const mark = 'managed by cutover'

/** Whether Cutover made a rule: it has our comment and the form of our rules. */
export const isOurs = ({ action, comment, interfaceName, profile, incoming }: Rule): boolean =>
  comment === mark && action === 'allow' && interfaceName === '' && profile === '' && incoming

/**
 * Whether ufw takes two rules for the same one: it then changes action and comment in place, and adds no second rule.
 */
const isTwin = (a: Rule, b: Rule): boolean =>
  (['protocol', 'to', 'ports', 'from', 'fromPorts', 'interfaceName', 'incoming', 'profile'] as const).every(
    (key) => a[key] === b[key],
  )

/** A rule as arguments of ufw. Its addresses make it a rule of one IP version. */
const argumentsOf = ({ protocol, from, fromPorts, to, ports }: Rule): string[] => [
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

const deletion = (rule: Rule): string[] => ['delete', 'allow', ...argumentsOf(rule), 'comment', mark]

export interface TableOptions {
  /** Rules that will be deleted: nothing may depend on them. */
  isUnwanted: (rule: Rule) => boolean
  /** For the rules of IPv6, those of IPv4: ufw numbers on from them. */
  before?: Table
}

/** The rules of one IP version, as they will be after the commands so far. */
export class Table {
  readonly version: 4 | 6
  /** Arguments of ufw for the commands that open ports, in order. */
  readonly adds: string[][] = []
  /** Arguments of ufw for the commands that delete rules. They run after all others. */
  readonly deletes: string[][] = []
  /** The commands in words for a person. */
  readonly words: string[] = []
  readonly #rules: Rule[]
  readonly #isUnwanted: (rule: Rule) => boolean
  readonly #before: Table | undefined

  constructor(version: 4 | 6, rules: readonly Rule[], { isUnwanted, before }: TableOptions) {
    this.version = version
    this.#rules = [...rules]
    this.#isUnwanted = isUnwanted
    this.#before = before
  }

  /** The rules that stay. */
  get kept(): Rule[] {
    return this.#rules.filter((rule) => !this.#isUnwanted(rule))
  }

  /** Whether a rule of ours opens a port to everybody. */
  opens(port: string): boolean {
    return this.kept.some((rule) => isOurs(rule) && isEverywhere(rule.from) && hasPorts(rule.ports, port))
  }

  /**
   * Opens a port (`443/tcp`) to everybody, before the rule that closes it if there is one.
   * @throws CutoverError if a rule of somebody else stands in the way
   */
  open(port: string): void {
    const verdict = openToAll(this.kept, port)
    if (verdict === 'open') return
    this.#add(this.#ruleFor(port), verdict === 'closed' ? undefined : this.#rules.indexOf(verdict.by))
    this.words.push(`allow ${port}${verdict === 'closed' ? '' : ` before '${inWords(verdict.by)}'`}`)
  }

  /**
   * Lets one address in, before all other rules.
   * @param blocking the rule that keeps it out
   * @throws CutoverError if a rule of somebody else stands in the way
   */
  letIn(from: string, port: string, blocking: Rule): void {
    this.#add({ ...this.#ruleFor(port), from }, 0)
    this.words.push(`allow ${port} from ${from} before '${inWords(blocking)}'`)
  }

  /** Deletes the unwanted rules. */
  sweep(): void {
    for (const rule of this.#rules.filter(this.#isUnwanted)) {
      this.deletes.push(deletion(rule))
      this.words.push(`remove '${inWords(rule)}'`)
    }
  }

  #ruleFor(port: string): Rule {
    const everywhere = this.version === 6 ? '::/0' : '0.0.0.0/0'
    return {
      action: 'allow',
      ...splitPort(port),
      to: everywhere,
      from: everywhere,
      fromPorts: 'any',
      interfaceName: '',
      incoming: true,
      profile: '',
      comment: mark,
    }
  }

  /** @param before the index of the rule that it must precede; undefined: at the end */
  #add(plain: Rule, before: number | undefined): void {
    // ufw would turn somebody's rule of the same form into ours. With all source ports named, it is another rule for
    // ufw.
    const rule = [plain, { ...plain, fromPorts: '1:65535' }].find(
      (candidate) => !this.#rules.some((other) => isTwin(other, candidate) && !isOurs(other)),
    )
    if (!rule)
      throw new CutoverError(`a rule that is not ours stands in the way of: ${inWords(plain)}`, {
        hint: 'See `sudo ufw status numbered` there, and delete the rule that closes this port.',
      })
    // A rule of ours in the wrong place must go first: ufw would leave it where it is.
    const twin = this.#rules.findIndex((other) => isTwin(other, rule))
    if (twin >= 0) {
      this.adds.push(deletion(rule))
      this.#rules.splice(twin, 1)
    }
    const index = before === undefined ? this.#rules.length : before - (twin >= 0 && twin < before ? 1 : 0)
    this.adds.push([
      ...(before === undefined ? ['allow'] : this.#placeAt(index)),
      ...argumentsOf(rule),
      'comment',
      mark,
    ])
    this.#rules.splice(index, 0, rule)
  }

  /** The verb of ufw that puts a rule at an index. ufw's numbers begin at 1, and those of IPv6 follow those of IPv4. */
  #placeAt(index: number): string[] {
    let start = index
    while (this.#continuesProfile(start)) start -= 1
    if (start === 0 || start >= this.#count) return ['prepend', 'allow']
    return ['insert', String(start + 1 + (this.#before ? this.#before.#count : 0)), 'allow']
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
