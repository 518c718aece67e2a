import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIPv6 } from 'node:net'
import { homedir, hostname, networkInterfaces, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { glob } from '../glob.ts'
import { filesOf } from './ssh-config-include.ts'

/** The value of a keyword, and where it stands. */
export interface Value {
  /** As words; of a command, the one text. */
  words: readonly string[]
  file: string
  line: number
}

/** What some ssh_config files say of a host. */
export interface Findings {
  /** The first value of each keyword, in small letters. */
  first: ReadonlyMap<string, Value>
  /** Every value of those that add up: identityfile, certificatefile. */
  all: ReadonlyMap<string, readonly string[]>
  /** A `Match` that nobody can decide here, as the file has it. */
  undecided: string | undefined
}

interface Line {
  keyword: string
  rest: string
  line: number
}

/** Includes in includes, as OpenSSH allows. */
const deepest = 16
const system = '/etc/ssh/ssh_config'
const adding = new Set(['identityfile', 'certificatefile'])
/** Their value is the rest of the line as it stands. */
const whole = new Set(['proxycommand', 'proxyjump'])

/** What says the same to every host. */
const read = new Map<string, readonly Line[]>()
/** What the commands of `Match exec` said. */
const said = new Map<string, boolean>()

/**
 * Reads some ssh_config files as ssh(1) does, one after the other, for one host: line by line, the first value of a keyword counts, and
 * `Match` sees what was said before it. With a `Match final` all is read a second time.
 * @throws Error for a file that can't be read
 */
export function findings(files: readonly string[], host: string, user?: string): Findings {
  const reading = new Reading(host, user)
  for (const file of files) reading.file(file)
  if (reading.wantsFinal) {
    reading.enterFinal()
    for (const file of files) reading.file(file)
  }
  return reading
}

class Reading implements Findings {
  readonly first = new Map<string, Value>()
  readonly all = new Map<string, string[]>()
  undecided: string | undefined
  wantsFinal = false
  #final = false
  readonly #original: string
  #host: string
  readonly #user: string | undefined

  constructor(host: string, user: string | undefined) {
    this.#original = host
    this.#host = host
    this.#user = user
  }

  enterFinal(): void {
    this.#final = true
    this.#host = this.#hostName()
    // Settled from then on.
    this.first.set('hostname', { words: [this.#host.replaceAll('%', '%%')], file: '', line: 0 })
  }

  /** @param outer whether what includes this file is of this host. */
  file(path: string, base = path === system ? '/etc/ssh' : resolve(homedir(), '.ssh'), outer = true, depth = 0): void {
    if (depth > deepest) throw new Error(`more than ${deepest} Includes in one another`)
    if (!existsSync(path)) return
    let active = outer
    for (const { keyword, rest, line } of linesOf(path)) {
      if (keyword === 'host') active = outer && listed(this.#host, words(rest))
      else if (keyword === 'match') active = this.#matches(words(rest), outer)
      else if (keyword === 'include')
        for (const each of words(rest).flatMap((pattern) => filesOf(pattern, base)))
          this.file(each, base, active, depth + 1)
      else if (active) this.#take(keyword, { words: whole.has(keyword) ? [rest] : words(rest), file: path, line })
    }
  }

  #take(keyword: string, value: Value): void {
    if (adding.has(keyword)) {
      const [word] = value.words
      const before = this.all.get(keyword) ?? []
      if (word !== undefined && !before.includes(word)) this.all.set(keyword, [...before, word])
      return
    }
    // The one of them that comes first makes the other void.
    if (whole.has(keyword) && [...whole].some((each) => this.first.has(each))) return
    if (value.words.length > 0 && !this.first.has(keyword)) this.first.set(keyword, value)
  }

  /** Whether all conditions of a `Match` hold. A command is run only where those before it do. */
  #matches(conditions: readonly string[], outer: boolean): boolean {
    let holds = outer
    let unknown = false
    const left = conditions.flatMap((word) => /^(!?\w+)=(.+)$/s.exec(word)?.slice(1) ?? [word])
    while (left.length > 0) {
      const word = left.shift()!
      const negated = word.startsWith('!')
      const name = word.slice(negated ? 1 : 0).toLowerCase()
      if (name.startsWith('#')) break
      if (name === 'final') this.wantsFinal = true
      const held = this.#holds(name, left, holds)
      unknown ||= held === undefined
      if (held === negated) holds = false
    }
    if (holds && unknown) this.undecided ??= `Match ${conditions.join(' ')}`
    return holds && !unknown
  }

  /** Whether one condition holds; undefined where nobody can say. @param left it takes its argument from there. */
  #holds(name: string, left: string[], before: boolean): boolean | undefined {
    if (name === 'all') return true
    if (name === 'final' || name === 'canonical') return this.#final
    const argument = left.shift() ?? ''
    const patterns = argument.split(',')
    switch (name) {
      case 'host':
        return listed(this.#hostName().toLowerCase(), patterns.map(lower))
      case 'originalhost':
        return listed(this.#original.toLowerCase(), patterns.map(lower))
      case 'user':
        return listed(this.#remoteUser(), patterns)
      case 'localuser':
        return listed(userInfo().username, patterns)
      case 'tagged':
        return listed(this.#one('tag') ?? '', patterns)
      case 'sessiontype':
        return listed('exec', patterns)
      case 'localnetwork':
        return inNetwork(patterns)
      case 'exec':
        return before && this.#runs(argument)
      default:
        return undefined
    }
  }

  #one(keyword: string): string | undefined {
    return this.first.get(keyword)?.words[0]
  }

  #hostName(): string {
    return expand(this.#one('hostname') ?? this.#host, { h: this.#host })
  }

  #remoteUser(): string {
    return this.#user ?? this.#one('user') ?? userInfo().username
  }

  #runs(text: string): boolean {
    const command = expand(
      text,
      tokensOf({
        host: this.#hostName(),
        original: this.#original,
        user: this.#remoteUser(),
        port: this.#one('port') ?? '22',
        alias: this.#one('hostkeyalias'),
      }),
    )
    if (!said.has(command))
      said.set(command, spawnSync('/bin/sh', ['-c', command], { stdio: 'ignore', timeout: 30_000 }).status === 0)
    return said.get(command)!
  }
}

/** What stands behind the letters of `%h` and the like, by ssh_config(5) TOKENS. */
export const tokensOf = ({
  host,
  original,
  user,
  port,
  alias,
}: {
  host: string
  original: string
  user: string
  port: string
  alias: string | undefined
}): Record<string, string> => ({
  h: host,
  n: original,
  r: user,
  p: port,
  k: alias ?? original,
  d: homedir(),
  u: userInfo().username,
  i: String(userInfo().uid),
  l: hostname(),
  L: hostname().split('.')[0]!,
})

/** A text with its tokens replaced; those that are not known stay. */
export const expand = (text: string, tokens: Readonly<Record<string, string>>): string =>
  text.replace(/%(.)/g, (token, letter: string) => (letter === '%' ? '%' : (tokens[letter] ?? token)))

const lower = (text: string): string => text.toLowerCase()

/** Whether patterns name a text: one does, and none with a `!` before it. */
function listed(text: string, patterns: readonly string[]): boolean {
  const hit = (pattern: string): boolean => glob(pattern).test(text)
  if (patterns.some((each) => each.startsWith('!') && hit(each.slice(1)))) return false
  return patterns.some((each) => !each.startsWith('!') && hit(each))
}

/** Whether an address of this machine is in one of some networks (address/bits). */
function inNetwork(networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string?]
    const kind = isIPv6(address) ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (kind === 'ipv6' ? 128 : 32)), kind)
  }
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .some(({ address, family }) => list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4'))
}

function linesOf(file: string): readonly Line[] {
  const known = read.get(file)
  if (known) return known
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((raw, index) => {
      const found = /^"?([A-Za-z0-9]+)"?(?:\s*=\s*|\s+)(.*)$/.exec(raw.trim())
      return found ? [{ keyword: found[1]!.toLowerCase(), rest: found[2]!, line: index + 1 }] : []
    })
  read.set(file, lines)
  return lines
}

/** A line's words: in quotes or not, a backslash before a quote, a backslash or a blank; a word that begins with # ends the line. */
function words(text: string): string[] {
  const found: string[] = []
  const word = /\s*((?:\\["'\\ ]|"(?:\\["'\\]|[^"])*"?|'(?:\\["'\\]|[^'])*'?|[^\s"'])+)/y
  for (let match = word.exec(text); match; match = word.exec(text)) {
    if (match[1]!.startsWith('#')) break
    found.push(unquoted(match[1]!))
  }
  return found
}

const unquoted = (word: string): string =>
  word.replace(
    /\\(["'\\ ])|"((?:\\["'\\]|[^"])*)"?|'((?:\\["'\\]|[^'])*)'?/g,
    (_, escaped: string | undefined, double: string | undefined, single: string | undefined) =>
      escaped ?? (double ?? single ?? '').replace(/\\(["'\\])/g, '$1'),
  )
