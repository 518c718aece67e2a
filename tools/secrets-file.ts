/** An age-encrypted YAML file and, beside it, the list of its recipients. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { age, message, UsageError } from '../runner/index.ts'

/** The file that lists for whom a file is encrypted. */
export const recipientsFile = (file: string): string => `${file}.recipients`

/** For whom a file is encrypted. @throws UsageError where the list is missing: other readers would be locked out */
export function recipientsOf(file: string): string[] {
  const path = recipientsFile(file)
  const recipients = existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter(Boolean)
    : []
  if (recipients.length === 0)
    throw new UsageError(`${path} is missing or empty: who else reads ${file} is not known`, {
      hint: `Get it back (git checkout ${path}), or write it anew: one recipient a line.`,
    })
  return recipients
}

/**
 * Encrypts a text into a file and writes the list of its recipients. The text is written under another name first and
 * then renamed, so that a failure half-way loses nothing.
 * @throws UsageError without any recipient
 */
export async function save(file: string, text: string, recipients: readonly string[]): Promise<void> {
  if (recipients.length === 0) throw new UsageError('nobody is left who could read it')
  const unique = [...new Set(recipients)]
  writeFileSync(`${file}.new`, await age.encrypt(text, unique), { mode: 0o600 })
  writeFileSync(recipientsFile(file), `# Who can read ${file}. Change it with: secrets rotate\n${unique.join('\n')}\n`)
  renameSync(`${file}.new`, file)
}

/** A text that is a YAML map, unchanged. @throws UsageError for any other text */
export function checkedMap(text: string, path: string): string {
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    throw new UsageError(`${path} is not valid YAML: ${message(cause).split('\n')[0]}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path}: a map is expected: NAME: VALUE`)
  return text
}
