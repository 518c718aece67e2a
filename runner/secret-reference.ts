import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { message, UsageError } from './errors.ts'
import { Secret } from './secrets.ts'

/** Where a secret comes from. Its value never stands in an inventory. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) }), z.strictObject({ command: z.array(z.string()).min(1) })],
  { error: 'a secret is a reference: { env: NAME }, { file: PATH } or { command: [PROGRAM, ARG, …] }' },
)
export type SecretReference = z.infer<typeof secretReference>

/**
 * The secret behind a reference. A file's or a command's last newline does not count.
 * @param base the directory that a relative path starts from.
 * @throws UsageError that names the reference, never the value.
 */
export function resolveSecret(reference: SecretReference, label: string, base: string): Secret {
  const value = read(reference, label, base).replace(/\r?\n$/, '')
  if (value === '') throw new UsageError(`the secret ${label} is empty (${describe(reference)})`)
  return new Secret(value, label)
}

function read(reference: SecretReference, label: string, base: string): string {
  if ('env' in reference) {
    const value = process.env[reference.env]
    if (value === undefined) throw new UsageError(`the secret ${label} is missing: the environment has no ${reference.env}`, { hint: `Set it for this run: read -rs ${reference.env}; export ${reference.env}` })
    return value
  }
  try {
    if ('file' in reference) return readFileSync(resolve(base, reference.file.replace(/^~(?=\/)/, homedir())), 'utf8')
    const [program, ...args] = reference.command as [string, ...string[]]
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
  } catch (error) {
    throw new UsageError(`the secret ${label} is missing: ${describe(reference)}: ${message(error).split('\n')[0]}`)
  }
}

const describe = (reference: SecretReference): string =>
  'env' in reference ? `environment ${reference.env}` : 'file' in reference ? `file ${reference.file}` : `command ${reference.command[0]}`
