import { resolve } from 'node:path'
import { commandLine } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { expandHome } from '../home-path.ts'
import { nearest } from '../nearest.ts'
import { yaml } from '../packages.ts'
import { decryptFile } from './age.ts'
import { isSecretReference } from './reference.ts'

/** The contents of the files that were decrypted, by their absolute paths. */
const opened = new Map<string, unknown>()

/**
 * Decrypts the age files that some values refer to, so that their secrets can be resolved.
 * @param base the folder that relative paths start from
 * @throws UsageError for a file that cannot be decrypted, or whose content is not valid YAML
 */
export async function openAgeFiles(values: unknown, base: string): Promise<void> {
  for (const path of new Set(ageFilesIn(values).map((file) => resolve(base, expandHome(file))))) {
    if (!opened.has(path)) opened.set(path, parse(await decryptFile(path), path))
  }
}

/**
 * A value of a decrypted file; a key with dots leads into maps.
 * @param path the file's absolute path
 * @throws UsageError with the nearest key
 */
export function ageValue(path: string, key: string): string {
  let value = opened.get(path)
  const isWholeKey = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  for (const part of isWholeKey ? [key] : key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      throw new UsageError(`it has no ${key}`, {
        hint: typeof value === 'object' && value !== null ? nearest(part, Object.keys(value)) : undefined,
      })
    value = (value as Record<string, unknown>)[part]
  }
  if (typeof value !== 'string') throw new UsageError(`${key} is a map or a list, not a single value`)
  return value
}

/**
 * Parses the content of a decrypted file. The parser's own message would quote secrets.
 * @throws UsageError that names only the line
 */
function parse(text: string, path: string): unknown {
  // With this schema, every value is the text that was written: 007 does not become 7.
  const document = yaml().parseDocument(text, { prettyErrors: false, schema: 'failsafe' })
  const [error] = document.errors
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length
    throw new UsageError(`${path}: its decrypted content is not valid YAML, at line ${line}`, {
      hint: `Fix it: ${commandLine('secrets', 'edit', path)}`,
    })
  }
  try {
    return document.toJS() as unknown
  } catch {
    throw new UsageError(`${path}: its decrypted content is not valid YAML`)
  }
}

function ageFilesIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return []
  if (isSecretReference(value)) return 'age' in value ? [value.age] : []
  return Object.values(value).flatMap(ageFilesIn)
}
