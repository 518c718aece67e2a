/** Where a shell would not read a quoted value as a word. */
export type Obstacle =
  | 'double quotes'
  | 'single quotes'
  | 'backticks'
  | 'braces'
  | 'arithmetic'
  | 'comment'
  | 'here-document'
  | 'document end'
  | 'dollar'
  | 'backslash'
  | 'name'
  | 'tilde'
  | 'descriptor'
  | 'unclear'

/** A place in a template where a value stands. */
export interface Place {
  /** Why no value can stand there. In arithmetic a number can. */
  obstacle?: Obstacle
  /** It is a word of its own, so it may also be several words. */
  alone: boolean
  /** It may be the first word of a command, where `if` and `A=b` have a meaning of their own. */
  first: boolean
  /** The characters beside it; empty at the beginning and at the end. */
  before: string
  after: string
}

type Frame =
  | 'double quotes'
  | 'single quotes'
  | 'backticks'
  | 'braces'
  | 'quoted braces'
  | 'arithmetic'
  | 'arithmetic group'
  | 'comment'
  | 'here-document'
  | 'substitution'
  | 'group'
  | 'case'

interface HereDocument {
  end: string
  /** Tabs at the beginning of its lines do not count. */
  tabs: boolean
  /** Nothing in it is replaced. */
  literal: boolean
}

const obstacles: Partial<Record<Frame, Obstacle>> = {
  'double quotes': 'double quotes',
  'single quotes': 'single quotes',
  backticks: 'backticks',
  braces: 'braces',
  'quoted braces': 'braces',
  arithmetic: 'arithmetic',
  'arithmetic group': 'arithmetic',
  comment: 'comment',
  'here-document': 'here-document',
}

/**
 * Reads the text of a command for sh, dash or bash, piece by piece, and knows at the end of each piece whether a quoted
 * value can stand there. What these shells read differently, or one of them misreads, makes the whole text unclear.
 */
export class ShellText {
  /** Whether a pipe stands anywhere in it. */
  hasPipe = false
  /** Nothing is certain about it, nor about what stands before. */
  isUnclear = false
  /** What is open, the innermost last. */
  readonly #frames: Frame[] = []
  /** Here-documents that begin at the next line. */
  readonly #documents: HereDocument[] = []
  /** What was read outside of quotes and the like. Each quoted or escaped part, and each value, is an x. */
  #bare = ''
  /** The length of `#bare` after the last pattern of a `case`. */
  #patternEnd = -1
  #piece = ''
  #isLast = false
  /** What the end of the piece means for a value that follows. */
  #tail: Obstacle | undefined

  /** Reads the next piece. @returns the place after it, unless it is the last one */
  read(piece: string, next: string | undefined): Place | undefined {
    this.#piece = piece
    this.#isLast = next === undefined
    this.#tail = undefined
    for (let at = 0; at < piece.length && !this.isUnclear;) at = this.#step(at)
    if (this.isUnclear && piece.includes('|')) this.hasPipe = true
    if (next === undefined) return undefined
    const place = this.#place(next.slice(0, 1))
    this.#bare += 'x'
    return place
  }

  #place(after: string): Place {
    const frame = this.#frames.at(-1)
    const obstacle = this.isUnclear ? 'unclear' : ((frame && obstacles[frame]) ?? this.#tail ?? this.#beside(after))
    const alone = /(?:^|[\s;&|(])$/.test(this.#bare) && !/[<>][ \t]*$/.test(this.#bare) && /^(?:[\s;&|)]|$)/.test(after)
    return { ...(obstacle && { obstacle }), alone, first: this.#mayBeFirst(), before: this.#piece.slice(-1), after }
  }

  /** What stands beside a value can change its meaning: `~name`, and a number before < or >. */
  #beside(after: string): Obstacle | undefined {
    if (/(?:^|[\s;&|()<>=:])~[\w.+-]*$/.test(this.#bare)) return 'tilde'
    return after === '<' || after === '>' ? 'descriptor' : undefined
  }

  #mayBeFirst(): boolean {
    const [all, word = ''] = /([^\s;&|()<>]+)[ \t]+$/.exec(this.#bare) ?? []
    if (all === undefined) return /(?:^|[\s;&|()<>])$/.test(this.#bare)
    const isArgument = !/^(?:if|then|else|elif|do|while|until|in|time|[!{]|.*=.*)$/.test(word)
    return !isArgument || /[<>][ \t]*$/.test(this.#bare.slice(0, -all.length))
  }

  /** Reads on from an index of the piece. @returns the index after what was read */
  #step(at: number): number {
    const frame = this.#frames.at(-1)
    const character = this.#piece.charAt(at)
    if (character === '\n' && this.#documents.length > 0 && frame && obstacles[frame] && frame !== 'here-document')
      if (frame !== 'comment') return this.#giveUp()
    switch (frame) {
      case 'single quotes':
        return character === "'" ? this.#close(at + 1) : at + 1
      case 'comment':
        return character === '\n' ? this.#end(at) : at + 1
      case 'here-document':
        return this.#documentLine(at)
      case 'backticks':
        return character === '`' ? this.#close(at + 1) : at + (character === '\\' ? 2 : 1)
      case 'double quotes':
      case 'braces':
      case 'quoted braces':
        return this.#quoted(at, frame)
      case 'arithmetic':
      case 'arithmetic group':
        return this.#arithmetic(at, frame)
      default:
        return this.#words(at)
    }
  }

  #quoted(at: number, frame: 'double quotes' | 'braces' | 'quoted braces'): number {
    const character = this.#piece.charAt(at)
    if (character === (frame === 'double quotes' ? '"' : '}')) return this.#close(at + 1)
    switch (character) {
      case '\\':
        return at + 2
      case '$':
        return this.#dollar(at, frame !== 'braces')
      case '`':
        return this.#open('backticks', at + 1)
      case '"':
      case "'":
        // Shells differ in what a quote within "${…}" means. Within double quotes ' is a plain character.
        if (frame === 'quoted braces') return this.#giveUp()
        if (frame === 'braces') return this.#open(character === '"' ? 'double quotes' : 'single quotes', at + 1)
    }
    return at + 1
  }

  #arithmetic(at: number, frame: 'arithmetic' | 'arithmetic group'): number {
    switch (this.#piece.charAt(at)) {
      case '$':
        return this.#dollar(at, true)
      case '`':
        return this.#open('backticks', at + 1)
      case '(':
        return this.#open('arithmetic group', at + 1)
      case ')':
        if (frame === 'arithmetic group') return this.#end(at + 1)
        // Otherwise it was a group in $( ), and no arithmetic.
        return this.#piece.charAt(at + 1) === ')' ? this.#close(at + 2) : this.#giveUp()
      case "'":
      case '"':
      case '\\':
        return this.#giveUp()
    }
    return at + 1
  }

  /** Outside of quotes. */
  #words(at: number): number {
    const character = this.#piece.charAt(at)
    const next = this.#piece.charAt(at + 1)
    switch (character) {
      case '\\':
        return this.#backslash(at, next)
      case "'":
        return this.#open('single quotes', at + 1)
      case '"':
        return this.#open('double quotes', at + 1)
      case '`':
        return this.#documents.length > 0 ? this.#giveUp() : this.#open('backticks', at + 1)
      case '$':
        return this.#dollar(at, false)
      case '#':
        if (this.#startsWord()) return this.#open('comment', at + 1)
        break
      case '(':
        if (next === '(') return this.#giveUp()
        this.#frames.push('group')
        break
      case ')':
        return this.#parenthesis(at)
      case '<':
        if (next === '<') return this.#hereDocument(at + 2)
        break
      case '|':
        if (!/[|>]$/.test(this.#bare) && next !== '|') this.hasPipe = true
        break
      case '\n':
        if (this.#documents.length > 0) this.#frames.push('here-document')
        break
      default:
        if (this.#frames.includes('substitution') && this.#startsWord()) this.#keyword(at)
    }
    this.#bare += character
    return at + 1
  }

  #backslash(at: number, next: string): number {
    if (next === '') this.#tail = 'backslash'
    // A line that goes on could join two halves of an operator or a name.
    else if (next === '\n') return /(?:^|[ \t\n])$/.test(this.#bare) ? at + 2 : this.#giveUp()
    this.#bare += 'x'
    return at + 2
  }

  /** @param isQuoted within double quotes or the like */
  #dollar(at: number, isQuoted: boolean): number {
    const rest = this.#piece.slice(at + 1)
    if (rest === '') this.#tail = 'dollar'
    if (rest.startsWith('((')) return this.#open('arithmetic', at + 3)
    if (rest.startsWith('(')) {
      if (this.#documents.length > 0) return this.#giveUp()
      this.#bare += '('
      return this.#open('substitution', at + 2)
    }
    // ${ command; }, $[ ], $'…', $"…" and a line that goes on are not the same in all shells.
    if (/^(?:\{[\s|]|\[|\\\n)/.test(rest) || (!isQuoted && /^['"]/.test(rest))) return this.#giveUp()
    if (rest.startsWith('{')) return this.#open(isQuoted ? 'quoted braces' : 'braces', at + 2)
    const [name = ''] = /^(?:[A-Za-z_]\w*|\d+|[@*#?$!-])/.exec(rest) ?? []
    if (/\w$/.test(name) && name.length === rest.length) this.#tail = 'name'
    if (!isQuoted) this.#bare += 'x'
    return at + 1 + name.length
  }

  #parenthesis(at: number): number {
    const frame = this.#frames.at(-1)
    if (frame === 'substitution') return this.#close(at + 1)
    if (frame === 'group') this.#frames.pop()
    this.#bare += ')'
    if (frame === 'case') this.#patternEnd = this.#bare.length
    return at + 1
  }

  /** Within $( ), the patterns of a `case` have parentheses that close nothing. */
  #keyword(at: number): void {
    const [word] = /^(?:case|esac)(?=[\s;&|()<>]|$)/.exec(this.#piece.slice(at)) ?? []
    if (word === undefined || (at + word.length === this.#piece.length && !this.#isLast)) return
    const before = this.#bare.replace(/[ \t]+$/, '')
    const isPlain = before.length === this.#patternEnd || /[^;&<>][;&]$|\n$/.test(before)
    const isCase = this.#frames.at(-1) === 'case'
    if (word === 'esac') {
      if (isCase && (isPlain || before.endsWith(';;'))) this.#frames.pop()
      else if (isCase) this.#giveUp()
      return
    }
    const canBegin = isPlain || /(?:[^>]\||&&|\(|[;\n][ \t\n]*(?:then|do|else))$/.test(before)
    // After these, it is a pattern or a word of a list.
    const isPattern = /(?:;;|;&|\bin)\s*$/.test(this.#bare) || this.#frames.at(-2) === 'case'
    if (canBegin && !isPattern) this.#frames.push('case')
    else this.#giveUp()
  }

  /** @param at the index after << */
  #hereDocument(at: number): number {
    // bash 5.2 misreads some here-documents within $( ).
    if (this.#frames.includes('substitution')) return this.#giveUp()
    const rest = this.#piece.slice(at)
    const found = /^(-?)[ \t]*(?:'([^'\n]+)'|"([^"$`\\\n]+)"|(\\?)([\w.-]+))(?=[\s;&|()<>]|$)/.exec(rest)
    if (!found) {
      if (!/^-?[ \t]*$/.test(rest)) return this.#giveUp()
      this.#tail = 'document end'
      return this.#piece.length
    }
    const [all, dash, single, double, backslash, plain] = found
    if (all.length === rest.length && !this.#isLast) return this.#giveUp()
    this.#documents.push({ end: single ?? double ?? plain ?? '', tabs: dash === '-', literal: !plain || !!backslash })
    this.#bare += 'x'
    return at + all.length
  }

  #documentLine(at: number): number {
    const [line = ''] = this.#piece.slice(at).split('\n', 1)
    const [document] = this.#documents
    if (!document || (document.tabs ? line.replace(/^\t+/, '') : line) === document.end) {
      this.#documents.shift()
      if (this.#documents.length === 0) this.#frames.pop()
    } else if (!document.literal && /\$[({]|`|\\$/.test(line)) return this.#giveUp()
    return at + line.length + 1
  }

  /** Whether a word begins here, and a # a comment. */
  #startsWord(): boolean {
    return /(?:^|[ \t\n;&|()<>])$/.test(this.#bare)
  }

  #open(frame: Frame, at: number): number {
    this.#frames.push(frame)
    return at
  }

  /** Ends what is a part of a word. */
  #close(at: number): number {
    this.#bare += 'x'
    return this.#end(at)
  }

  #end(at: number): number {
    this.#frames.pop()
    return at
  }

  #giveUp(): number {
    this.isUnclear = true
    return this.#piece.length
  }
}
