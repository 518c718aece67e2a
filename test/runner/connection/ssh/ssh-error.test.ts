import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BusyError, connectError, type Tried } from '../../../../runner/connection/ssh/ssh-error.ts'
import { UnreachableError } from '../../../../runner/errors.ts'
import { Secret } from '../../../../runner/secret/secret.ts'
import { blobOf, newFolder, targetOf } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const target = targetOf({ port: 2222 })
const where = 'web-1: deploy@192.0.2.1:2222'
const nothing: Tried = { credentials: {}, keys: [], agentKeys: [], turns: undefined }
const password = new Secret('x', 'password')
const copyId = 'Put your public key there: ssh-copy-id -p 2222 deploy@192.0.2.1, or name a key with `identity`.'
const openssh = ', which only the ssh program can use: set `connection: openssh` for this host in the inventory.'

let home: string
beforeEach(() => {
  home = newFolder()
  vi.stubEnv('HOME', home)
})
afterEach(() => vi.unstubAllEnvs())

const result = (message: string, tried?: Tried, level?: string): [string, string | undefined] => {
  const error = connectError(Object.assign(new Error(message), { level }), target, tried)
  return [error.message, error.hint]
}

describe('a server that does not let anybody in', () => {
  it.each(['read ECONNRESET', 'Connection lost before handshake'])('is busy: %s', (text) => {
    const error = connectError(new Error(text), target)
    expect(error).toBeInstanceOf(BusyError)
    expect(error.message).toBe(`web-1: the server closed the connection during login: ${text}`)
  })

  const noAddress = 'No address was found for that name: fix `address` in the inventory.'
  const firewall = 'Is it switched on, and does a firewall let you through?'
  it.each([
    ['connect ECONNREFUSED 192.0.2.1:2222', 'Does sshd run there, on that port?'],
    ['getaddrinfo ENOTFOUND x', noAddress],
    ['getaddrinfo EAI_AGAIN x', noAddress],
    ['connect ETIMEDOUT', firewall],
    ['Timed out while waiting for handshake', firewall],
    ['EHOSTUNREACH', firewall],
    ['ENETUNREACH', firewall],
    ['something else', undefined],
  ])('does not answer: %s', (text, hint) => {
    const error = connectError(new Error(text), target, nothing)
    expect(error).not.toBeInstanceOf(BusyError)
    expect([error.message, error.hint]).toEqual([`${where} does not answer: ${text}`, hint])
  })

  it('knows other algorithms than ssh2', () => {
    expect(result('Handshake failed: no matching key exchange algorithm')).toEqual([
      `${where} has no key exchange algorithm that the ssh library can do`,
      'The ssh program can do more (post-quantum key exchange, for example): ' +
        'set `connection: openssh` for this host in the inventory.',
    ])
  })

  it('lets nobody try so many keys', () => {
    const text = 'Received disconnect: Too many authentication failures'
    const agentKeys = [blobOf('ssh-rsa'), blobOf('ssh-rsa', 2)]
    expect(result(text, { ...nothing, agentKeys }, 'client-authentication')).toEqual([
      `${where} lets nobody try so many keys (MaxAuthTries), and the agent has 2`,
      'Name the right one with `identity` in the inventory (its .pub file is enough), ' +
        'and do not offer the others: identities_only: true.',
    ])
    expect(result(text)[0]).toBe(`${where} does not answer: ${text}`)
  })
})

describe('a login that is refused', () => {
  const refused = (tried: Partial<Tried>): [string, string | undefined] =>
    result('All configured authentication methods failed', { ...nothing, ...tried }, 'client-authentication')

  it('says where a key belongs', () => {
    expect(refused({})).toEqual([`${where} refused the login`, copyId])
    expect(refused({ credentials: { password } })[0]).toBe(`${where} refused the login, the password too`)
    const named = connectError(
      Object.assign(new Error('x'), { level: 'client-authentication' }),
      { ...target, identities: ['/key'] },
      nothing,
    )
    expect(named.hint).toBe('Put your public key there: ssh-copy-id -p 2222 deploy@192.0.2.1.')
  })

  it('says which keys were not tried', () => {
    const problem = new UnreachableError('web-1: the key /a is encrypted')
    expect(refused({ keys: [{ path: '/a', problem }, { path: '/b' }] })[1]).toBe(
      `Not tried: the key /a is encrypted.\n${copyId}`,
    )
  })

  it('says which keys only the ssh program can use: those of the agent', () => {
    const agentKeys = [blobOf('ssh-rsa'), blobOf('sk-ssh-ed25519')]
    expect(refused({ agentKeys })[1]).toBe(`You have a key on a token (sk-)${openssh}\n${copyId}`)
    expect(refused({ agentKeys: [...agentKeys, blobOf('ssh-rsa-cert-v01')] })[1]).toBe(
      `You have a key on a token (sk-) and a certificate${openssh}\n${copyId}`,
    )
    expect(refused({ agentKeys: [blobOf('ssh-rsa')] })[1]).toBe(copyId)
  })

  it.each(['id_ed25519_sk', 'id_ecdsa_sk'])('says that of the file %s', (name) => {
    mkdirSync(join(home, '.ssh'))
    writeFileSync(join(home, '.ssh', name), '')
    expect(refused({})[1]).toBe(`You have a key on a token (sk-)${openssh}\n${copyId}`)
  })

  it.each(['a', 'a.pub'])('says that of the certificate beside the key %s', (name) => {
    writeFileSync(join(home, 'a-cert.pub'), '')
    expect(refused({ keys: [{ path: join(home, name) }] })[1]).toBe(`You have a certificate${openssh}\n${copyId}`)
    expect(refused({ keys: [{ path: join(home, 'b') }] })[1]).toBe(copyId)
  })

  const needPassword =
    'Give the password with `password` (a secret reference) in the inventory, or --ask-pass. ' +
    'If the server asks for a code that changes each time: log in with a key that needs none ' +
    '(sshd_config: Match User … AuthenticationMethods publickey).'
  it.each<[string[], string[], boolean, string, string]>([
    [['publickey'], ['password'], false, 'took the publickey, and wants password as well', needPassword],
    [
      ['publickey'],
      ['password'],
      true,
      'took the publickey, and wants password as well: not this password',
      needPassword,
    ],
    [
      ['publickey'],
      ['keyboard-interactive'],
      false,
      'took the publickey, and wants keyboard-interactive as well',
      needPassword,
    ],
    [['publickey'], [], false, 'took the publickey, and wants more as well', needPassword],
    [
      ['password', 'publickey'],
      ['publickey', 'hostbased'],
      true,
      'took the password and the publickey, and wants publickey or hostbased as well',
      'Give it another key with `identity`.',
    ],
  ])('after %j says that %j is wanted', (taken, wanted, hasPassword, message, hint) => {
    const turns = { next: () => false as const, taken: () => taken, wanted: () => wanted }
    expect(refused({ turns, credentials: hasPassword ? { password } : {} })).toEqual([`${where} ${message}`, hint])
  })
})
