import { describe, expect, it } from 'vitest'
import type { LocalKey } from '../../../../runner/connection/ssh/local-keys.ts'
import { authentication, type Way } from '../../../../runner/connection/ssh/ssh-auth.ts'
import { type ParsedKey, parseKey } from '../../../../runner/connection/ssh/ssh2.ts'
import type { Credentials } from '../../../../runner/connection/target.ts'
import { UnreachableError } from '../../../../runner/errors.ts'
import { Secret } from '../../../../runner/secret/secret.ts'
import { blobOf, plainKey, targetOf } from '../keys.ts'

const key = parseKey(plainKey) as ParsedKey
const open: LocalKey = { path: '/open', key, publicKey: key.getPublicSSH() }
const problem = new UnreachableError('locked')
const locked: LocalKey = { path: '/locked', publicKey: blobOf('ssh-rsa', 1), problem }
const other = blobOf('ssh-rsa', 2)
const password = new Secret('pass', 'password')

const shown = (ways: Way[]): string[] =>
  ways.map(({ method, auth, signed }) => `${method} ${auth.type} ${auth.username}${signed ? ` ${signed()}` : ''}`)
const file = 'publickey publickey deploy'
const agent = 'publickey agent deploy false'

describe('the ways to log in are', () => {
  const target = targetOf({ agent: '/agent', identities: ['/x'] })
  it.each<[string, Partial<typeof target>, Credentials, Buffer[], LocalKey[], string[]]>([
    ['a key by its file', {}, {}, [], [open], [file]],
    ['a locked key by the agent', {}, {}, [blobOf('ssh-rsa', 1)], [locked], [agent]],
    ['an open key by its file, though the agent has it', {}, {}, [key.getPublicSSH()], [open], [file]],
    [
      'the agent’s other keys after those that are named',
      {},
      {},
      [other, blobOf('ssh-rsa', 1)],
      [locked],
      [agent, agent],
    ],
    ['named keys alone', { identitiesOnly: true }, {}, [other], [open], [file]],
    ['no key on a token, no certificate', {}, {}, [blobOf('sk-ssh'), blobOf('ssh-rsa-cert-v01')], [open], [file]],
    ['no key of an agent that is not there', { agent: undefined }, {}, [other], [open], [file]],
    [
      'a password in both ways, after all keys',
      {},
      { password },
      [other],
      [open],
      [file, agent, 'password password deploy', 'keyboard-interactive keyboard-interactive deploy'],
    ],
    ['keys that are left where another is locked', {}, {}, [], [locked, open], [file]],
    ['none', {}, {}, [], [], []],
  ])('%s', (_, more, credentials, agentKeys, keys, ways) => {
    expect(shown(authentication({ ...target, ...more }, credentials, agentKeys, keys))).toEqual(ways)
  })
})

describe('a locked key is an error', () => {
  const passphrase = new Secret('wrong', 'passphrase')
  const named = targetOf({ agent: '/agent', identities: ['/locked'] })
  it.each<[string, boolean, typeof named, Credentials, Buffer[], LocalKey[]]>([
    ['if there is no other way', true, named, {}, [], [locked]],
    ['but not with a password', false, named, { password }, [], [locked]],
    ['but not with another key of the agent', false, named, {}, [other], [locked]],
    ['if its passphrase is wrong, with a password too', true, named, { password, passphrase }, [], [locked]],
    [
      'if its own passphrase is wrong',
      true,
      named,
      { password, passphrases: new Map([['/locked', passphrase]]) },
      [],
      [locked],
    ],
    ['but not if the passphrase opens another', false, named, { passphrase }, [], [locked, open]],
    ['but not if it is a usual file', false, targetOf({ agent: '/agent' }), { password, passphrase }, [], [locked]],
  ])('%s', (_, fails, target, credentials, agentKeys, keys) => {
    const result = (): Way[] => authentication(target, credentials, agentKeys, keys)
    if (fails) expect(result).toThrow(problem)
    else expect(result).not.toThrow()
  })
})

it.each([
  ['Password: ', 'pass'],
  ['New password: ', ''],
  ['Retype it: ', ''],
  ['Renew: ', 'pass'],
])('the question %j is answered with %j', (prompt, answer) => {
  const auth = authentication(targetOf(), { password }, [], []).at(-1)?.auth as unknown as {
    prompt: (...args: unknown[]) => void
  }
  const answers: unknown[] = []
  auth.prompt('', '', '', [{ prompt }, { prompt: 'Password: ' }], (given: unknown) => answers.push(given))
  expect(answers).toEqual([[answer, 'pass']])
})
