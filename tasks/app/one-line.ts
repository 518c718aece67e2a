import { type Secret, UsageError } from '../../runner/index.ts'

/** A secret whose reader takes one line of printable text. @throws UsageError for one that is none */
export function oneLine(secret: Secret): Secret {
  const value = secret.reveal()
  if (value === '') throw new UsageError(`the ${secret.label} is empty`, { hint: 'Make one: openssl rand -hex 16' })
  if (/\p{Cc}/u.test(value))
    throw new UsageError(`the ${secret.label} holds a control character (a tab, a line's end)`, {
      hint: 'It must be one line of printable text.',
    })
  return secret
}
