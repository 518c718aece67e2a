import { CutoverError, type Task } from '../../runner/index.ts'
import { type CreateOptions, editedFile, type EditOptions } from './edited-file.ts'
import {
  insertLines,
  joinLines,
  type LineMatch,
  matcherOf,
  type Place,
  placeIn,
  splitLines,
  verifyPlaces,
} from './text-lines.ts'

export interface LineOptions extends EditOptions, CreateOptions, Place {
  /** The last line that matches is replaced: a text that is a part of it, or a pattern. Default: none is. */
  match?: LineMatch
  /** The line, and every line that matches, is removed. Default: false. */
  absent?: boolean
}

/**
 * A text file has a line. The last line that matches is replaced; if none matches and the line is not there, it is
 * added: at the end, after the last line that matches `after`, or before the first that matches `before` (at the end if
 * none does). A line whose replacement `match` does not match again counts as replaced once it is there. The rest of the
 * file, its line ends, mode and owner stay as they are.
 *
 * @example
 * line('/etc/ssh/sshd_config', 'PermitRootLogin no', {
 *   match: /^#?PermitRootLogin\b/,
 *   before: /^Match\b/,
 *   validate: ['sshd', '-t', '-f', '%s'],
 *   notify: [reload('ssh')],
 * })
 * line('/etc/hosts', '10.0.0.5 db')
 */
export function line(path: string, text: string, options: LineOptions = {}): Task {
  const { match, after, before, absent = false, create, ...more } = options
  verifyLine(path, text, options)
  return editedFile(
    {
      name: `line ${path}: ${text}`,
      path,
      create: absent ? false : create,
      optional: absent,
      edit: (current) =>
        absent ? withoutLine(current, text, match) : withLine(current, text, { path, match, after, before }),
    },
    more,
  )
}

function verifyLine(path: string, text: string, { match, after, before, absent, create }: LineOptions): void {
  verifyPlaces({ match, after, before })
  if (text.trim() === '' || /[\r\n]/.test(text))
    throw new CutoverError(`line ${path}: the text is ${text.trim() === '' ? 'empty' : 'more than one line'}`, {
      hint: 'Give one line, without a line end. For several lines there is block(path, text, { name }).',
    })
  if (absent && (after !== undefined || before !== undefined || create))
    throw new CutoverError(`line ${path}: with \`absent\`, there is nothing to put anywhere`, {
      hint: 'Leave `after`, `before` and `create` out.',
    })
}

/** A text with the line in it. @throws MissingError if no line matches `after` */
export function withLine(
  text: string,
  wanted: string,
  { path, match, after, before }: Place & { path: string; match?: LineMatch },
): string {
  const lines = splitLines(text)
  const isThere = lines.some(({ content }) => content === wanted)
  const matches = match === undefined ? undefined : matcherOf(match)
  // Where the pattern does not match the new line, it would replace one line more in each run.
  if (isThere && !matches?.(wanted)) return text
  const last = matches ? lines.findLastIndex(({ content }) => matches(content)) : -1
  if (last >= 0)
    return joinLines(lines.map((each, index) => (index === last ? { content: wanted, end: each.end } : each)))
  return joinLines(insertLines(lines, placeIn(path, lines, { after, before }), [wanted]))
}

/** A text without the line, and without the lines that match. */
export function withoutLine(text: string, unwanted: string, match?: LineMatch): string {
  const matches = match === undefined ? undefined : matcherOf(match)
  return joinLines(splitLines(text).filter(({ content }) => content !== unwanted && !matches?.(content)))
}
