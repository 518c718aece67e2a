import type { z as Z } from 'zod'
import { z } from '../zod.ts'

const text = z.string().min(1)

/** Where a secret comes from. The secret itself never stands in an inventory. */
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
      'a secret is a reference: { env: NAME }, { file: PATH }, { command: [PROGRAM, ARG, …] }, ' +
      '{ dotenv: PATH, key: NAME } or { age: PATH, key: NAME }',
  },
)
export type SecretReference = Z.infer<typeof secretReference>

/** The first key of each kind of reference. */
const kinds = new Set(secretReference.options.flatMap(({ shape }) => Object.keys(shape).slice(0, 1)))

/**
 * Whether a value is a reference to a secret. The keys are checked first, because for every other map zod would create
 * an error with its stack, which is slow.
 */
export const isSecretReference = (value: unknown): value is SecretReference =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).some((key) => kinds.has(key)) &&
  secretReference.safeParse(value).success

/** A reference in words, for messages. */
export function describeReference(reference: SecretReference): string {
  if ('env' in reference) return `environment ${reference.env}`
  if ('file' in reference) return `file ${reference.file}`
  if ('dotenv' in reference) return `${reference.key} of ${reference.dotenv}`
  return 'age' in reference ? `${reference.key} of ${reference.age}` : `command ${reference.command[0]}`
}
