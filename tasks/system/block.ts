import { CutoverError, type Task, UnsafeError } from '../../runner/index.ts'
import { type CreateOptions, editedFile, type EditOptions } from './edited-file.ts'
import {
  insertLines,
  joinLines,
  type Line,
  lineEndOf,
  type Place,
  placeIn,
  splitLines,
  verifyPlaces,
} from './text-lines.ts'

export interface BlockOptions extends EditOptions, CreateOptions, Place {
  /** What tells this block from others in the file: one line, a part of its marks. */
  name: string
  /** Where a block that is not there yet is put. Default: end. */
  at?: 'begin' | 'end'
  /** What begins a comment in the file. Default: #. */
  comment?: string
  /** The block and its marks are removed. Default: false. */
  absent?: boolean
}

/**
 * A text file has a block of lines, between the marks `# BEGIN cutover NAME` and `# END cutover NAME`. A block that is
 * there is replaced where it is. A new one is put at the end, or where `at`, `after` (the last line that matches) or
 * `before` (the first one; if none matches, the end) say. Marks that are not a pair are an error. The rest of the file,
 * its line ends, mode and owner stay as they are.
 *
 * @example
 * block('/etc/hosts', '10.0.0.5 db\n10.0.0.6 cache', { name: 'shop' })
 * block('/etc/hosts', '', { name: 'shop', absent: true })
 */
export function block(path: string, text: string, options: BlockOptions): Task {
  const { name, at, after, before, comment = '#', absent = false, create, ...more } = options
  verifyBlock(path, text, options)
  const place: BlockPlace = { path, name, comment, at, after, before }
  return editedFile(
    {
      name: `block ${path}: ${name}`,
      path,
      create: absent ? false : create,
      optional: absent,
      edit: (current) => (absent ? withoutBlock(current, place) : withBlock(current, text, place)),
    },
    more,
  )
}

interface BlockPlace extends Place {
  path: string
  name: string
  comment: string
  at?: 'begin' | 'end'
}

function verifyBlock(path: string, text: string, options: BlockOptions): void {
  const { name, at, after, before, comment = '#', absent, create } = options
  verifyPlaces({ after, before })
  for (const [key, value] of [['name', name] as const, ['comment', comment] as const])
    if (value === undefined || value === '' || value !== value.trim() || /[\r\n]/.test(value))
      throw new CutoverError(`block ${path}: the ${key} is not one line without spaces around it`, {
        hint: `The marks of the block are '# BEGIN cutover NAME' and '# END cutover NAME'.`,
      })
  if (at !== undefined && (after !== undefined || before !== undefined))
    throw new CutoverError(`block ${path}: there is one place, and not two`, {
      hint: 'Leave out `at`, or `after` and `before`.',
    })
  if (absent && (at !== undefined || after !== undefined || before !== undefined || create))
    throw new CutoverError(`block ${path}: with \`absent\`, there is nothing to put anywhere`, {
      hint: 'Leave `at`, `after`, `before` and `create` out.',
    })
  if (linesOf(text).some((content) => markOf(content, comment) !== undefined))
    throw new CutoverError(`block ${path}: its text has a line that is a mark of a block`, {
      hint: 'Give each block a task of its own.',
    })
}

/** The lines of the text of a block, which may end with a line end. */
const linesOf = (text: string): string[] => splitLines(text).map(({ content }) => content)

interface Mark {
  kind: 'BEGIN' | 'END'
  name: string
}

/** The mark that a line is; undefined for any other line. */
function markOf(content: string, comment: string): Mark | undefined {
  const line = content.trim()
  if (!line.startsWith(`${comment} `)) return undefined
  const [, kind, name = ''] = /^(BEGIN|END) cutover (.+)$/.exec(line.slice(comment.length + 1)) ?? []
  return kind === 'BEGIN' || kind === 'END' ? { kind, name } : undefined
}

/** The first line of a block, with its mark, and the one after its last. */
interface Range {
  start: number
  end: number
}

/**
 * Where the block is; undefined if it is not there.
 * @throws UnsafeError if its marks are not one pair, or if marks of another block are between them
 */
function rangeOf(lines: readonly Line[], { path, name, comment }: BlockPlace): Range | undefined {
  const marks = lines.flatMap(({ content }, index) => {
    const mark = markOf(content, comment)
    return mark ? [{ ...mark, index }] : []
  })
  const own = marks.filter((mark) => mark.name === name)
  const [first, second] = own
  if (!first) return undefined
  const places = own.map(({ kind, index }) => `${kind} in line ${index + 1}`).join(', ')
  if (!second || own.length !== 2 || first.kind !== 'BEGIN' || second.kind !== 'END')
    throw new UnsafeError(`the marks of the block '${name}' in ${path} are not a pair: ${places}`, {
      hint: `Mend the marks in the file: one '${comment} BEGIN cutover ${name}', and below it one '${comment} END cutover ${name}'.`,
    })
  const stranger = marks.find(({ index }) => index > first.index && index < second.index)
  if (stranger)
    throw new UnsafeError(
      `a mark of the block '${stranger.name}' is within the block '${name}' of ${path}: line ${stranger.index + 1}`,
      { hint: `What is between the marks of '${name}' is replaced. Move the other block out of it.` },
    )
  return { start: first.index, end: second.index + 1 }
}

/** A text with the block in it. @throws UnsafeError for broken marks; MissingError if no line matches `after` */
export function withBlock(text: string, body: string, place: BlockPlace): string {
  const lines = splitLines(text)
  const { comment, name } = place
  const wanted = [`${comment} BEGIN cutover ${name}`, ...linesOf(body), `${comment} END cutover ${name}`]
  const range = rangeOf(lines, place)
  if (!range) {
    const index = place.at === 'begin' ? 0 : placeIn(place.path, lines, place, outsideBlocks(lines, comment))
    return joinLines(insertLines(lines, index, wanted))
  }
  const end = lineEndOf(lines)
  const present = lines.slice(range.start, range.end)
  if (present.map(({ content }) => content).join('\n') === wanted.join('\n')) return text
  // The last line of the file may have no end.
  const lastEnd = present.at(-1)?.end ?? end
  const replacement = wanted.map((content, index) => ({ content, end: index === wanted.length - 1 ? lastEnd : end }))
  return joinLines([...lines.slice(0, range.start), ...replacement, ...lines.slice(range.end)])
}

/** A text without the block and its marks. @throws UnsafeError for broken marks */
export function withoutBlock(text: string, place: BlockPlace): string {
  const lines = splitLines(text)
  const range = rangeOf(lines, place)
  return range ? joinLines([...lines.slice(0, range.start), ...lines.slice(range.end)]) : text
}

/** Whether a line is not in a block: one that is put into another block would go with it. */
function outsideBlocks(lines: readonly Line[], comment: string): (index: number) => boolean {
  const inside = new Set<number>()
  let open = false
  for (const [index, { content }] of lines.entries()) {
    const mark = markOf(content, comment)
    if (mark) open = mark.kind === 'BEGIN'
    if (mark ?? open) inside.add(index)
  }
  return (index) => !inside.has(index)
}
