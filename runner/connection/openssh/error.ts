import { UnreachableError } from '../../errors.ts'
import type { SshTarget } from '../target.ts'

/** The error for a connection that the ssh program could not make. @param stderr what ssh printed */
export function opensshError(stderr: string, target: SshTarget): UnreachableError {
  const where = `${target.user}@${target.address}:${target.port}`
  const known: readonly (readonly [RegExp, string, string])[] = [
    [
      /REMOTE HOST IDENTIFICATION HAS CHANGED/,
      'ITS HOST KEY HAS CHANGED',
      'Somebody may intercept the connection, or the server was reinstalled: see what ssh says above.',
    ],
    [
      /Host key verification failed|No .* host key is known/,
      'its host key is not known',
      'Log in once with ssh and compare it, or run this again with --accept-new-host-keys.',
    ],
    [
      /Permission denied \((?![^)]*publickey)[^)]*(?:password|keyboard)/,
      `${where} wants a password`,
      'The ssh program cannot be given one: set `connection: ssh` for this host, and `password` (a secret reference).',
    ],
    [
      /Permission denied/,
      `${where} refused the login`,
      `Put your public key there: ssh-copy-id -p ${target.port} ${target.user}@${target.address}.`,
    ],
  ]
  const lastLine = stderr.split('\n').at(-1) ?? ''
  const [, reason, hint] = known.find(([pattern]) => pattern.test(stderr)) ?? []
  return new UnreachableError(`${target.name}: ${reason ?? `${where} does not answer: ${lastLine}`}`, {
    hint: hint === undefined ? undefined : `${hint}\nssh: ${lastLine}`,
  })
}
