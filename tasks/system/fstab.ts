import { type Host, type HostView, UnsafeError } from '../../runner/index.ts'
import { readText, writeText } from './text-file.ts'

const path = '/etc/fstab'

/** The first four fields of a line. The two others, for dump and fsck, stay as they are; of a new line they are 0. */
export type FstabFields = readonly [source: string, path: string, type: string, options: string]

export interface FstabChange {
  /** null: there was none. */
  previous: string | null
  content: string
}

export const readFstab = (host: HostView): Promise<string | null> => readText(host, path)

/** Writes the file, and tells systemd, which makes its units of it. */
export async function putFstab(host: Host, content: string | null): Promise<void> {
  await writeText(host, path, content)
  await host.$`if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi`
}

/**
 * The content with these fields in the line that has the same value in one of them, or in a line at the end. All else
 * stays byte for byte, and so does a line that has the fields already.
 * @param key the field by which a line is known: 0 is the source, 1 the path
 * @throws UnsafeError if several lines have it
 */
export function withFields(content: string, fields: FstabFields, key: 0 | 1): string {
  const lines = content.split(/(?<=\n)/)
  const own = lines.filter((line) => fieldsOf(line)[key] === fields[key])
  if (own.length > 1)
    throw new UnsafeError(`/etc/fstab has ${own.length} lines for ${fields[key]}`, { hint: 'Remove all but one.' })
  const [line] = own
  if (line === undefined) {
    const end = content === '' || content.endsWith('\n') ? '' : '\n'
    return `${content}${end}${fields.map(encoded).join(' ')} 0 0\n`
  }
  if (fields.every((field, index) => fieldsOf(line)[index] === field)) return content
  return lines.map((each) => (each === line ? edited(line, fields) : each)).join('')
}

/** The fields of the first line that has a value in a field; none if there is no such line. */
export const findFields = (content: string, value: string, key: 0 | 1): string[] =>
  content
    .split('\n')
    .map(fieldsOf)
    .find((fields) => fields[key] === value) ?? []

/** The fields of a line, without its escapes; none for a comment. */
function fieldsOf(line: string): string[] {
  const text = line.trim()
  return text.startsWith('#') ? [] : text.split(/\s+/).map(decoded)
}

/** A line with other fields, and the blanks that it has. */
function edited(line: string, fields: FstabFields): string {
  let index = 0
  const changed = line.replace(/\S+/g, (word) => {
    const field = fields[index++]
    return field === undefined || decoded(word) === field ? word : encoded(field)
  })
  const missing = fields.slice(index).map(encoded)
  return missing.length === 0 ? changed : changed.replace(/\s*$/, (end) => ` ${missing.join(' ')}${end}`)
}

const encoded = (field: string): string =>
  field.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
const decoded = (word: string): string =>
  word.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
