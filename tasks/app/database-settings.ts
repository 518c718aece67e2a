import type { z as Z } from 'zod'
import { z } from '../../runner/index.ts'

/** Cutover itself, or the image, decides these: with others, nothing would find the server or its data. */
const reserved = [
  'config_file',
  'data_directory',
  'external_pid_file',
  'hba_file',
  'ident_file',
  'listen_addresses',
  'port',
  'unix_socket_directories',
]

const parameterName = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i,
    'a parameter of PostgreSQL is letters, digits and underscores: max_connections',
  )
  .refine((name) => !reserved.includes(name.toLowerCase()), {
    error: `these parameters are Cutover's: ${reserved.join(', ')}`,
  })

const text = z.string().regex(/^[^\p{Cc}]*$/u, 'a value has no control characters')

const parameterValue = z.union([text, z.number(), z.boolean(), z.array(text).min(1)], {
  error: 'a value is a text, a number, true or false, or a list of texts',
})

/** Parameters of a server, as ALTER SYSTEM sets them. */
export const parameters = z.record(parameterName, parameterValue)

/** Extensions that a database has. */
export const extensions = z.array(
  z.string().regex(/^[a-z0-9_-]{1,63}$/, 'an extension is small letters, digits, dashes and underscores: pg_trgm'),
)

export type Parameters = Z.output<typeof parameters>
