import { readFileSync } from 'node:fs'

/** A line of an ssh_config file. */
export interface Line {
  /** In lower case. */
  keyword: string
  /** What follows the keyword. */
  rest: string
  /** Its number in the file, from 1. */
  line: number
}

/** The lines of a file are the same for every host, so they are read once. */
const cache = new Map<string, readonly Line[]>()

/** The lines of a file that have a keyword and a value. @throws Error for a file that cannot be read */
export function linesOf(file: string): readonly Line[] {
  const known = cache.get(file)
  if (known) return known
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const [, keyword, rest] = /^"?([A-Za-z0-9]+)"?(?:\s*=\s*|\s+)(.*)$/.exec(text.trim()) ?? []
      if (keyword === undefined || rest === undefined) return []
      return [{ keyword: keyword.toLowerCase(), rest, line: index + 1 }]
    })
  cache.set(file, lines)
  return lines
}

/**
 * The words of a value. A word may be in quotes; a backslash before a quote, a backslash or a blank takes its meaning
 * away. A word that begins with # starts a comment.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  const word = /\s*((?:\\["'\\ ]|"(?:\\["'\\]|[^"])*"?|'(?:\\["'\\]|[^'])*'?|[^\s"'])+)/y
  for (;;) {
    const raw = word.exec(text)?.[1]
    if (raw === undefined || raw.startsWith('#')) return words
    words.push(unquoted(raw))
  }
}

const unquoted = (word: string): string =>
  word.replace(
    /\\(["'\\ ])|"((?:\\["'\\]|[^"])*)"?|'((?:\\["'\\]|[^'])*)'?/g,
    (_, escaped: string | undefined, double: string | undefined, single: string | undefined) =>
      escaped ?? (double ?? single ?? '').replace(/\\(["'\\])/g, '$1'),
  )
