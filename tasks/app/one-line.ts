import { type Secret, UsageError } from '../../runner/index.ts'

/** The same secret, which must be one line of printable text. @throws UsageError if it is not */
export function oneLine(secret: Secret): Secret {
  const value = secret.reveal()
  if (value === '') throw new UsageError(`the ${secret.label} is empty`, { hint: 'Make one: openssl rand -hex 16' })
  if (/\p{Cc}/u.test(value))
    throw new UsageError(`the ${secret.label} contains a control character (a tab or a line break)`, {
      hint: 'It must be one line of printable text.',
    })
  return secret
}
