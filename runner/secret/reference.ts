import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { z as Z } from 'zod'
import { message, UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { yaml } from '../packages.ts'
import { readUtf8, utf8 } from '../utf8.ts'
import { z } from '../zod.ts'
import { decryptFile } from './age.ts'
import { dotenvValue } from './dotenv.ts'
import { Secret } from './secret.ts'

const text = z.string().min(1)

/** Where a secret comes from. Its value never stands in an inventory. */
export const secretReference = z.union(
  [
    z.strictObject({ env: text }),
    z.strictObject({ file: text }),
    z.strictObject({ command: z.array(z.string()).min(1) }),
    z.strictObject({ dotenv: text, key: text }),
    z.strictObject({ age: text, key: text }),
  ],
  {
    error:
      'a secret is a reference: { env: NAME }, { file: PATH }, { command: [PROGRAM, ARG, …] }, { dotenv: PATH, key: NAME } or { age: PATH, key: NAME }',
  },
)
export type SecretReference = Z.infer<typeof secretReference>

const kinds = new Set(secretReference.options.map((option) => Object.keys(option.shape)[0]!))

/** Whether a value is a secret's reference. zod would make an error, with its stack, of every map that is none. */
export const isSecretReference = (value: unknown): value is SecretReference =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).some((key) => kinds.has(key)) &&
  secretReference.safeParse(value).success

const opened = new Map<string, unknown>()

/** Decrypts the age files that some values refer to, so that their secrets can be had. @throws UsageError */
export async function openAgeFiles(values: unknown, base: string): Promise<void> {
  for (const path of new Set(ageFiles(values).map((file) => place(file, base)))) {
    if (!opened.has(path)) opened.set(path, plainly(await decryptFile(path), path))
  }
}

/** A decrypted file's content. Its parser's own words would quote it. @throws UsageError with the line alone */
function plainly(text: string, path: string): unknown {
  // Every value is the text that stands there: 007 would be another number.
  const document = yaml().parseDocument(text, { prettyErrors: false, schema: 'failsafe' })
  const [error] = document.errors
  if (error)
    throw new UsageError(
      `${path}: what is encrypted in it is no YAML, at line ${text.slice(0, error.pos[0]).split('\n').length}`,
      { hint: `Mend it: npx tsx tools/secrets.ts edit ${path}` },
    )
  try {
    return document.toJS() as unknown
  } catch {
    throw new UsageError(`${path}: what is encrypted in it is no YAML that can be read`)
  }
}

function ageFiles(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return []
  if (isSecretReference(value)) return 'age' in value ? [value.age] : []
  return Object.values(value).flatMap(ageFiles)
}

/**
 * The secret behind a reference. The newline that ends a file or a command's output does not count, but for a text of several
 * lines (a key in PEM), which is exact.
 * @param base the directory that a relative path starts from.
 * @throws UsageError that names the reference, never the value.
 */
export function resolveSecret(reference: SecretReference, label: string, base: string): Secret {
  const given = read(reference, label, base)
  const value = 'env' in reference ? given : given.replace(/^([^\n]*?)\r?\n$/, '$1')
  if (value === '') throw new UsageError(`the secret ${label} is empty (${describe(reference)})`)
  return new Secret(value, label)
}

function read(reference: SecretReference, label: string, base: string): string {
  if ('env' in reference) {
    const value = process.env[reference.env]
    if (value === undefined)
      throw new UsageError(`the secret ${label} is missing: the environment has no ${reference.env}`, {
        hint: `Set it for this run: read -rs ${reference.env}; export ${reference.env}`,
      })
    // What is no UTF-8 has become this sign already.
    if (value.includes('\ufffd'))
      throw new UsageError(`the secret ${label} (${describe(reference)}) is no text in UTF-8`, {
        hint: 'Name another source for it: { file: PATH }.',
      })
    return value
  }
  try {
    if ('file' in reference) return readUtf8(place(reference.file, base))
    if ('dotenv' in reference)
      return dotenvValue(readUtf8(place(reference.dotenv, base)), reference.key, reference.dotenv)
    if ('age' in reference) return keyOf(opened.get(place(reference.age, base)), reference.key)
    const [program, ...args] = reference.command as [string, ...string[]]
    return utf8(execFileSync(program, args, { stdio: ['inherit', 'pipe', 'inherit'] }), 'its output')
  } catch (error) {
    throw new UsageError(`the secret ${label} is missing: ${describe(reference)}: ${message(error).split('\n')[0]}`, {
      hint: error instanceof UsageError ? error.hint : undefined,
    })
  }
}

/** A value of a map; a dotted key leads into maps. @throws UsageError with the nearest key */
function keyOf(map: unknown, key: string): string {
  let at = map
  for (const part of typeof map === 'object' && map !== null && key in map ? [key] : key.split('.')) {
    if (typeof at !== 'object' || at === null || !(part in at))
      throw new UsageError(`it has no ${key}`, {
        hint: typeof at === 'object' && at !== null ? nearest(part, Object.keys(at)) : undefined,
      })
    at = (at as Record<string, unknown>)[part]
  }
  if (typeof at !== 'string') throw new UsageError(`${key} is no single value`)
  return at
}

const place = (path: string, base: string): string => resolve(base, path.replace(/^~(?=\/)/, homedir()))

function describe(reference: SecretReference): string {
  if ('env' in reference) return `environment ${reference.env}`
  if ('file' in reference) return `file ${reference.file}`
  if ('dotenv' in reference) return `${reference.key} of ${reference.dotenv}`
  return 'age' in reference ? `${reference.key} of ${reference.age}` : `command ${reference.command[0]}`
}
