import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { message, UsageError } from '../errors.ts'
import { expandHome } from '../home-path.ts'
import { readUtf8, utf8 } from '../utf8.ts'
import { ageValue } from './age-files.ts'
import { dotenvValue } from './dotenv.ts'
import { describeReference, type SecretReference } from './reference.ts'
import { Secret } from './secret.ts'

/**
 * The secret behind a reference. If a file or a command's output is a single line, the newline at its end is removed; a
 * text of several lines (a key in PEM) is exact.
 * @param label the secret's name, for messages
 * @param base the folder that relative paths start from
 * @throws UsageError that names the reference, never the value
 */
export function resolveSecret(reference: SecretReference, label: string, base: string): Secret {
  const text = 'env' in reference ? environmentValue(reference, label) : readSource(reference, label, base)
  const value = 'env' in reference ? text : text.replace(/^([^\n]*?)\r?\n$/, '$1')
  if (value === '') throw new UsageError(`the secret ${label} is empty (${describeReference(reference)})`)
  return new Secret(value, label)
}

function environmentValue(reference: SecretReference & { env: string }, label: string): string {
  const { env: name } = reference
  const value = process.env[name]
  if (value === undefined)
    throw new UsageError(`the secret ${label} is missing: the environment has no ${name}`, {
      hint: `Set it for this run: read -rs ${name}; export ${name}`,
    })
  // Node has replaced bytes that are not UTF-8 by this character.
  if (value.includes('\ufffd'))
    throw new UsageError(`the secret ${label} (${describeReference(reference)}) is not valid UTF-8 text`, {
      hint: 'Use another source for it: { file: PATH }.',
    })
  return value
}

function readSource(reference: Exclude<SecretReference, { env: string }>, label: string, base: string): string {
  const absolute = (path: string): string => resolve(base, expandHome(path))
  try {
    if ('file' in reference) return readUtf8(absolute(reference.file))
    if ('dotenv' in reference) return dotenvValue(readUtf8(absolute(reference.dotenv)), reference.key, reference.dotenv)
    if ('age' in reference) return ageValue(absolute(reference.age), reference.key)
    const [program = '', ...args] = reference.command
    return utf8(execFileSync(program, args, { stdio: ['inherit', 'pipe', 'inherit'] }), 'its output')
  } catch (error) {
    const reason = message(error).split('\n')[0]
    throw new UsageError(`the secret ${label} is missing: ${describeReference(reference)}: ${reason}`, {
      hint: error instanceof UsageError ? error.hint : undefined,
    })
  }
}
