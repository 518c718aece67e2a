import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { filesOf } from './include.ts'
import { linesOf, wordsOf } from './lines.ts'
import { evaluateMatch, type MatchContext, matchesList } from './match.ts'
import { expand } from './tokens.ts'

/** The value of a keyword, and where it is written. */
interface Value {
  /** The words of the value. ProxyCommand and ProxyJump have one: the rest of the line. */
  words: readonly string[]
  file: string
  line: number
}

/** What some ssh_config files set for a host. */
export interface Findings {
  /** The first value of each keyword (in lower case). */
  first: ReadonlyMap<string, Value>
  /** Every value of the keywords whose values add up: identityfile, certificatefile. */
  all: ReadonlyMap<string, readonly string[]>
  /** The first `Match` that cannot be evaluated here, as it is in the file. */
  undecided: string | undefined
}

/** The depth to which files may include others, as in OpenSSH. */
const maxDepth = 16
const systemFile = '/etc/ssh/ssh_config'
/** The keywords whose values add up. */
const cumulative = new Set(['identityfile', 'certificatefile'])
/** The keywords whose value is the rest of the line as it is. Of these two only the one that comes first counts. */
const proxies = ['proxycommand', 'proxyjump']

/**
 * Reads some ssh_config files for one host, one after the other, as ssh(1) does: line by line, the first value of a
 * keyword counts, and `Match` sees what the lines before it have set. If there is a `Match final`, all files are read a
 * second time.
 * @param user who logs in, if that is decided outside the files.
 * @throws Error for a file that cannot be read
 */
export function findings(files: readonly string[], host: string, user?: string): Findings {
  const reading = new Reading(host, user)
  for (const file of files) reading.read(file)
  if (reading.wantsFinal) {
    reading.enterFinal()
    for (const file of files) reading.read(file)
  }
  return reading
}

/** Where a file is included. */
interface Place {
  /** Whether the section that includes it applies to the host. */
  applies: boolean
  /** The folder where relative paths of `Include` start. */
  base: string
  depth: number
}

const topLevel = (path: string): Place => ({
  applies: true,
  base: path === systemFile ? '/etc/ssh' : resolve(homedir(), '.ssh'),
  depth: 0,
})

class Reading implements Findings {
  readonly first = new Map<string, Value>()
  readonly all = new Map<string, string[]>()
  undecided: string | undefined
  wantsFinal = false
  #isFinal = false
  readonly #original: string
  #host: string
  readonly #user: string | undefined

  constructor(host: string, user: string | undefined) {
    this.#original = host
    this.#host = host
    this.#user = user
  }

  enterFinal(): void {
    this.#isFinal = true
    this.#host = this.#hostName()
    // From here on the name is settled, and no line changes it.
    this.first.set('hostname', { words: [this.#host.replaceAll('%', '%%')], file: '', line: 0 })
  }

  read(path: string, place = topLevel(path)): void {
    const { applies, base, depth } = place
    if (depth > maxDepth) throw new Error(`Include is nested more than ${maxDepth} levels deep`)
    if (!existsSync(path)) return
    let active = applies
    for (const { keyword, rest, line } of linesOf(path)) {
      if (keyword === 'host') active = applies && matchesList(this.#host, wordsOf(rest))
      else if (keyword === 'match') active = this.#match(wordsOf(rest), applies)
      else if (keyword === 'include') this.#include(wordsOf(rest), { applies: active, base, depth: depth + 1 })
      else if (active)
        this.#set(keyword, { words: proxies.includes(keyword) ? [rest] : wordsOf(rest), file: path, line })
    }
  }

  #include(patterns: readonly string[], place: Place): void {
    for (const file of patterns.flatMap((pattern) => filesOf(pattern, place.base))) this.read(file, place)
  }

  #set(keyword: string, value: Value): void {
    const [word] = value.words
    if (word === undefined) return
    if (cumulative.has(keyword)) {
      const before = this.all.get(keyword) ?? []
      if (!before.includes(word)) this.all.set(keyword, [...before, word])
      return
    }
    if (proxies.includes(keyword) && proxies.some((proxy) => this.first.has(proxy))) return
    if (!this.first.has(keyword)) this.first.set(keyword, value)
  }

  #match(words: readonly string[], applies: boolean): boolean {
    const { holds, undecided, wantsFinal } = evaluateMatch(words, applies, this.#context())
    if (wantsFinal) this.wantsFinal = true
    if (undecided) this.undecided ??= `Match ${words.join(' ')}`
    return holds
  }

  #context(): MatchContext {
    return {
      host: this.#hostName(),
      original: this.#original,
      user: this.#user ?? this.#firstWord('user') ?? userInfo().username,
      port: this.#firstWord('port') ?? '22',
      alias: this.#firstWord('hostkeyalias'),
      tag: this.#firstWord('tag') ?? '',
      isFinal: this.#isFinal,
    }
  }

  #firstWord(keyword: string): string | undefined {
    return this.first.get(keyword)?.words[0]
  }

  #hostName(): string {
    return expand(this.#firstWord('hostname') ?? this.#host, { h: this.#host })
  }
}
