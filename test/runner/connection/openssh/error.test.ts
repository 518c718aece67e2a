import { expect, it } from 'vitest'
import { opensshError } from '../../../../runner/connection/openssh/error.ts'
import { targetOf } from '../keys.ts'

const where = 'deploy@192.0.2.1:22'

it.each<[string, string, string | undefined]>([
  [
    '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
    'ITS HOST KEY HAS CHANGED',
    'Somebody may intercept the connection, or the server was reinstalled: see what ssh says above.',
  ],
  [
    'Host key verification failed.',
    'its host key is not known',
    'Log in once with ssh and compare it, or run this again with --accept-new-host-keys.',
  ],
  [
    'No ED25519 host key is known for web and you have requested strict checking.',
    'its host key is not known',
    'Log in once with ssh and compare it, or run this again with --accept-new-host-keys.',
  ],
  [
    'deploy@web: Permission denied (password,keyboard-interactive).',
    `${where} wants a password`,
    'The ssh program cannot be given one: set `connection: ssh` for this host, and `password` (a secret reference).',
  ],
  [
    'deploy@web: Permission denied (publickey,password).',
    `${where} refused the login`,
    'Put your public key there: ssh-copy-id -p 22 deploy@192.0.2.1.',
  ],
  [
    'first line\nssh: Could not resolve hostname',
    `${where} does not answer: ssh: Could not resolve hostname`,
    undefined,
  ],
])('what ssh prints: %j', (stderr, message, hint) => {
  const error = opensshError(stderr, targetOf())
  expect(error.message).toBe(`web-1: ${message}`)
  expect(error.hint).toBe(hint && `${hint}\nssh: ${stderr.split('\n').at(-1)}`)
})
