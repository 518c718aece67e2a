import { CutoverError, type Task, UnsafeError } from '../../runner/index.ts'
import { type CreateOptions, editedFile, type EditOptions } from './edited-file.ts'
import { insertLines, joinLines, type Line, splitLines } from './text-lines.ts'

/** A value; several ones of a key that is there several times; null for a key that must not be there. */
type IniValue = string | number | boolean | null | readonly (string | number | boolean)[]

/** Values by section and key. The section '' has the keys before the first section. */
export type IniValues = Readonly<Record<string, Readonly<Record<string, IniValue>>>>

export type IniOptions = EditOptions & CreateOptions

/**
 * A file of sections (`[section]`) and keys (`key = value`) has these values. A key is there once, or as often as there
 * are values in a list; `null` removes it. Comments, the order, and how the file is written (spaces around `=`, line ends)
 * stay as they are. A new key comes below the line that has it as a comment (`;key = value`), or else after the last key of
 * its section, and a new section at the end. Values are compared and written as they are: quotes, and a comment on the same
 * line, are part of a value.
 *
 * @example
 * ini('/etc/systemd/journald.conf', { Journal: { Storage: 'persistent', SystemMaxUse: '500M' } }, { notify: [restart('systemd-journald')] })
 * ini('/etc/php/8.4/fpm/php.ini', { PHP: { memory_limit: '256M', expose_php: null } })
 */
export function ini(path: string, values: IniValues, { create, ...more }: IniOptions = {}): Task {
  const names = verifyValues(path, values)
  return editedFile(
    { name: `ini ${path}: ${names.join(', ')}`, path, create, edit: (text) => withValues(text, values, path) },
    more,
  )
}

/** @returns the names of the keys, with their sections @throws CutoverError for what would be read in another way */
function verifyValues(path: string, values: IniValues): string[] {
  const entries = Object.entries(values).flatMap(([section, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ section, key, value })),
  )
  if (entries.length === 0)
    throw new CutoverError(`ini ${path}: there is no key to set`, { hint: "Write { section: { key: 'value' } }." })
  return entries.map(({ section, key, value }) => {
    const name = section === '' ? key : `${section}.${key}`
    const problem = sectionProblem(section) ?? keyProblem(key) ?? valueProblem(value)
    if (problem) throw new CutoverError(`ini ${path}: ${name}: ${problem.message}`, { hint: problem.hint })
    return name
  })
}

interface Problem {
  message: string
  hint: string
}

const sectionProblem = (section: string): Problem | undefined =>
  /[\]\r\n]/.test(section)
    ? { message: 'a section has no ] and no line end in it', hint: 'Write its name without brackets.' }
    : undefined

const keyProblem = (key: string): Problem | undefined =>
  key === '' || key !== key.trim() || /^[[#;]|[=\r\n]/.test(key)
    ? {
        message: `'${key}' cannot be a key`,
        hint: 'A key begins with none of [ # ;, and has no =, no line end and no spaces around it.',
      }
    : undefined

function valueProblem(value: IniValue): Problem | undefined {
  const texts = textsOf(value)
  if (texts.some((text) => text !== text.trim() || /[\r\n]/.test(text)))
    return {
      message: 'a value has a line end, or spaces around it, which are not read',
      hint: 'Trim it, or write the quotes that the program understands.',
    }
  if (texts.some((text) => text.endsWith('\\')))
    return { message: 'a value that ends with \\ would go on in the next line', hint: 'Put it in quotes.' }
  return undefined
}

const textsOf = (value: IniValue): string[] => (value === null ? [] : [value].flat().map(String))

/** A line of such a file. A header, a comment and an empty line have no key. */
interface IniLine {
  section: string
  isHeader?: true
  /** It goes on with the value of the line before it. */
  goesOn?: true
  key?: IniKey
}

interface IniKey {
  /** What is before the key. */
  indent: string
  /** The key and the rest of the line, because a key may have a `:` in it. */
  rest: string
}

/** A value goes on after a `\` at the end of a line, and in lines that are indented deeper than its key. */
function parse(lines: readonly Line[]): IniLine[] {
  let section = ''
  let continues = false
  let depth = Infinity
  return lines.map(({ content }): IniLine => {
    const [, header] = /^\s*\[([^\]]*)\]\s*(?:[;#].*)?$/.exec(content) ?? []
    if (header !== undefined) {
      section = header.trim()
      continues = false
      depth = Infinity
      return { section, isHeader: true }
    }
    const isEmpty = content.trim() === '' || /^\s*[;#]/.test(content)
    const indent = /^\s*/.exec(content)?.[0] ?? ''
    const goesOn = continues || (!isEmpty && indent.length > depth)
    if (!isEmpty) continues = content.endsWith('\\')
    else if (content.trim() === '') continues = false
    if (goesOn && content.trim() !== '') return { section, goesOn: true }
    if (isEmpty) return { section }
    depth = indent.length
    return { section, key: { indent, rest: content.slice(indent.length).trimEnd() } }
  })
}

/** How a key is written in a line, and its value; undefined if the line is that of another key. */
function valueIn(line: IniLine, key: string): { separator: string; value: string } | undefined {
  if (!line.key?.rest.startsWith(key)) return undefined
  const rest = line.key.rest.slice(key.length)
  if (rest === '') return { separator: '', value: '' }
  const [, separator, value = ''] = /^(\s*[=:]\s*)(.*)$/.exec(rest) ?? []
  return separator === undefined ? undefined : { separator, value }
}

/**
 * A text with the values in it.
 * @throws UnsafeError if a value that must change has more than one line, or the file is not understood
 */
export function withValues(text: string, values: IniValues, path: string): string {
  const once = edited(text, values, path)
  if (edited(once, values, path) === once) return once
  throw new UnsafeError(`${path} is not understood: the keys would not be found again once they are written`, {
    hint: 'Is it a file of sections and keys? For another one there are line(…), block(…) and replace(…).',
  })
}

function edited(text: string, values: IniValues, path: string): string {
  let lines = splitLines(text)
  const entries = Object.entries(values).flatMap(([section, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ path, section: section.trim(), key, values: textsOf(value) })),
  )
  // What is removed goes last: it shows how the keys of the file are written, and where they are.
  const isRemoved = ({ values: { length } }: Wanted): boolean => length === 0
  for (const wanted of [...entries.filter((entry) => !isRemoved(entry)), ...entries.filter(isRemoved)])
    lines = withKey(lines, wanted)
  return joinLines(lines)
}

interface Wanted {
  path: string
  section: string
  key: string
  values: readonly string[]
}

/** The lines with a key that has exactly these values: what is there is changed in its place, and the rest is added. */
function withKey(lines: readonly Line[], wanted: Wanted): Line[] {
  const parsed = parse(lines)
  const { count, changes } = changedLines(parsed, wanted)
  const apply = (from: number, to: number): Line[] =>
    lines.slice(from, to).flatMap((line, offset) => {
      const change = changes.get(from + offset)
      if (change === null) return []
      return [change === undefined ? line : { ...line, content: change }]
    })
  const missing = wanted.values.slice(count)
  if (missing.length === 0) return apply(0, lines.length)
  const { index, contents } = newLines(lines, parsed, { ...wanted, values: missing })
  const [before, after] = [apply(0, index), apply(index, lines.length)]
  return insertLines([...before, ...after], before.length, contents)
}

/**
 * How often a key is there, and its lines that change, by their index: null for one that is removed.
 * @throws UnsafeError if the value of such a line goes on in the next one
 */
function changedLines(
  parsed: readonly IniLine[],
  { path, section, key, values }: Wanted,
): { count: number; changes: Map<number, string | null> } {
  const changes = new Map<number, string | null>()
  let count = 0
  for (const [index, line] of parsed.entries()) {
    const present = line.section === section ? valueIn(line, key) : undefined
    if (!present) continue
    const value = values[count++]
    const isLong = parsed[index + 1]?.goesOn === true
    if (value === present.value && !isLong) continue
    if (isLong)
      throw new UnsafeError(`${path}: the value of ${key} goes on after line ${index + 1}`, {
        hint: 'Only a value of one line is changed. Write it into one line on the host, or use replace(path, pattern, text).',
      })
    changes.set(
      index,
      value === undefined ? null : `${line.key?.indent ?? ''}${key}${assign(present.separator, value)}`,
    )
  }
  return { count, changes }
}

/** A value after its separator. A space stands on both sides of `=` or on none. */
function assign(separator: string, value: string): string {
  const sign = separator || ' = '
  if (value === '') return sign.trimEnd()
  return /^\s/.test(sign) && !/\s$/.test(sign) ? `${sign} ${value}` : `${sign}${value}`
}

/** Where new lines of a key are put, and what they are: written as the last key of the section. */
function newLines(
  lines: readonly Line[],
  parsed: readonly IniLine[],
  { section, key, values }: Wanted,
): { index: number; contents: string[] } {
  const { indent, separator } = styleOf(parsed, section)
  const contents = values.map((value) => `${indent}${key}${assign(separator, value)}`)
  const comment = parsed.findLastIndex(
    (line, index) =>
      line.section === section && hasAsComment(lines[index], key) && mayFollow(parsed, index, indent.length),
  )
  if (comment >= 0) return { index: comment + 1, contents }
  const last = parsed.findLastIndex((line) => line.section === section && (line.key ?? line.goesOn ?? line.isHeader))
  if (last >= 0) return { index: last + 1, contents }
  const firstHeader = parsed.findIndex(({ isHeader }) => isHeader)
  if (section === '') return { index: firstHeader < 0 ? lines.length : 0, contents }
  const gap = lines.length === 0 || lines.at(-1)?.content.trim() === '' ? [] : ['']
  return { index: lines.length, contents: [...gap, `[${section}]`, ...contents] }
}

/** Whether a line is one such as `;key = value`. */
function hasAsComment(line: Line | undefined, key: string): boolean {
  const [, text = ''] = /^\s*[;#]\s*(.*)$/.exec(line?.content ?? '') ?? []
  return text.startsWith(key) && /^\s*=/.test(text.slice(key.length))
}

/** Whether a key with so many blanks before it may follow a line: it must not be in a value, or take the next line for its own. */
function mayFollow(parsed: readonly IniLine[], index: number, indent: number): boolean {
  const next = parsed.slice(index + 1).find((line) => line.key ?? line.goesOn ?? line.isHeader)
  return !parsed[index]?.goesOn && !next?.goesOn && (next?.key?.indent.length ?? 0) <= indent
}

/** How the last key of a section is written, or else the first key of the file. */
function styleOf(parsed: readonly IniLine[], section: string): { indent: string; separator: string } {
  const styles = parsed.flatMap((line) => {
    const { indent = '', rest = '' } = line.key ?? {}
    const separator = (/^[^=]+?(\s*=\s*)\S/.exec(rest) ?? /^[^:]+?(\s*:\s*)\S/.exec(rest))?.[1]
    return separator === undefined ? [] : [{ indent, separator, section: line.section }]
  })
  return styles.findLast((style) => style.section === section) ?? styles[0] ?? { indent: '', separator: ' = ' }
}
