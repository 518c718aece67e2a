import { CutoverError, MissingError } from '../../runner/index.ts'

/** How a line is found: a text that is a part of it, or a pattern. */
export type LineMatch = string | RegExp

/** A line of a text, and what ends it: `\n`, `\r\n`, or nothing at the end of a text. */
export interface Line {
  content: string
  end: string
}

/** The lines of a text, which `joinLines` puts together as it was. */
export function splitLines(text: string): Line[] {
  return text
    .split(/(?<=\n)/)
    .filter((line) => line !== '')
    .map((line) => {
      const end = /\r?\n$/.exec(line)?.[0] ?? ''
      return { content: line.slice(0, line.length - end.length), end }
    })
}

export const joinLines = (lines: readonly Line[]): string => lines.map(({ content, end }) => content + end).join('')

/** What ends the lines of a text: what ends its first one. */
export const lineEndOf = (lines: readonly Line[]): string => lines[0]?.end || '\n'

/** The lines with others put in before the one at an index. A last line without an end gets one if lines follow it. */
export function insertLines(lines: readonly Line[], index: number, contents: readonly string[]): Line[] {
  const end = lineEndOf(lines)
  const before = lines.slice(0, index).map((line) => ({ ...line, end: line.end || end }))
  return [...before, ...contents.map((content) => ({ content, end })), ...lines.slice(index)]
}

/** Whether a line matches. A pattern with the flag `g` or `y` is used without it: it would remember its last place. */
export function matcherOf(match: LineMatch): (content: string) => boolean {
  if (typeof match === 'string') return (content) => content.includes(match)
  const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ''))
  return (content) => pattern.test(content)
}

/** Where lines are put. */
export interface Place {
  /** After the last line that matches. */
  after?: LineMatch
  /** Before the first line that matches. */
  before?: LineMatch
}

/**
 * The index at which new lines are put: the end, unless a place is given. `before` without a match is the end, too.
 * @param path for the message
 * @param isPlace whether a line can be a place
 * @throws MissingError if no line matches `after`
 */
export function placeIn(
  path: string,
  lines: readonly Line[],
  { after, before }: Place,
  isPlace: (index: number) => boolean = () => true,
): number {
  if (before !== undefined) {
    const matches = matcherOf(before)
    const index = lines.findIndex(({ content }, at) => isPlace(at) && matches(content))
    return index < 0 ? lines.length : index
  }
  if (after === undefined) return lines.length
  const matches = matcherOf(after)
  const index = lines.findLastIndex(({ content }, at) => isPlace(at) && matches(content))
  if (index >= 0) return index + 1
  throw new MissingError(`${path} has no line that matches ${String(after)}, after which something is to be put`, {
    hint: 'Look at the file, and mend the pattern; or leave `after` out: the end is the place then.',
  })
}

/** @throws CutoverError for a match that is empty, and for more than one place */
export function verifyPlaces(matches: Readonly<Record<string, LineMatch | undefined>>): void {
  for (const [name, match] of Object.entries(matches))
    if (match === '')
      throw new CutoverError(`${name} is empty: every line would match`, { hint: `Write a text or leave it out.` })
  if (matches.after !== undefined && matches.before !== undefined)
    throw new CutoverError('there is one place, after a line or before one, and not two', {
      hint: 'Leave `after` or `before` out.',
    })
}
