import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { localKeys } from '../../../../runner/connection/ssh/local-keys.ts'
import type { Credentials } from '../../../../runner/connection/target.ts'
import { Secret } from '../../../../runner/secret/secret.ts'
import { lockedKey, lockedPublic, newFolder, plainKey, plainPublic, targetOf } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const home = newFolder()
const path = (name: string): string => join(home, '.ssh', name)
const write = (name: string, text: string): string => (writeFileSync(path(name), text), path(name))
const base64 = (line: string): string => line.split(' ')[1]!
const secret = (text: string): Secret => new Secret(text, 'passphrase')

beforeEach(() => {
  rmSync(path(''), { recursive: true, force: true })
  mkdirSync(path(''))
  vi.stubEnv('HOME', home)
})

/** What is found, with texts instead of keys. */
const found = (identities: string[], credentials: Credentials = {}): unknown[] =>
  localKeys(targetOf({ identities }), credentials).map(({ path, key, publicKey, problem }) => ({
    path,
    usable: key !== undefined,
    publicKey: publicKey?.toString('base64'),
    problem: problem && [problem.message, problem.hint],
  }))

const locked = (file: string): string[] => [
  `web-1: the key ${file} is encrypted`,
  `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${file}\n` +
    'or set `identity_passphrase` (a secret reference) in the inventory; at a terminal you are asked for it.',
]
const notInAgent = (file: string, key: string): string[] => [
  `web-1: ${file} is a public key, and the agent does not have its private half`,
  `Give it to the agent: ssh-add ${key}\nor name the private key with \`identity\`.`,
]

describe('a named key', () => {
  it('that is open can be used', () => {
    const file = write('plain', plainKey)
    expect(found([file])).toEqual([{ path: file, usable: true, publicKey: base64(plainPublic), problem: undefined }])
  })

  it('that is encrypted can be used with its passphrase, its own first', () => {
    const file = write('locked', lockedKey)
    const key = { path: file, publicKey: base64(lockedPublic) }
    expect(found([file])).toEqual([{ ...key, usable: false, problem: locked(file) }])
    const open = { ...key, usable: true, problem: undefined }
    expect(found([file], { passphrase: secret('secret') })).toEqual([open])
    const passphrases = new Map([[file, secret('secret')]])
    expect(found([file], { passphrase: secret('wrong'), passphrases })).toEqual([open])
    expect(found([file], { passphrase: secret('wrong') })).toEqual([
      {
        ...key,
        usable: false,
        problem: [
          `web-1: the passphrase does not open ${file}`,
          'Fix `identity_passphrase` in the inventory, or type the passphrase again.',
        ],
      },
    ])
  })

  it('that is a public key needs the agent', () => {
    const pub = write('a.pub', plainPublic)
    const missing = path('a')
    const key = { usable: false, publicKey: base64(plainPublic) }
    expect(found([pub, missing])).toEqual([
      { ...key, path: pub, problem: notInAgent(pub, missing) },
      { ...key, path: missing, problem: notInAgent(missing, missing) },
    ])
  })

  it.each<[string, string | undefined, string, string]>([
    [
      'does not exist',
      undefined,
      'there is no key file FILE',
      'Fix `identity` in the inventory (or IdentityFile in your ssh_config).',
    ],
    [
      'is something else',
      'hello',
      'FILE is not a private key that can be read: Unsupported key format',
      "Convert it to OpenSSH's form: ssh-keygen -p -f FILE (a PuTTY key: puttygen FILE -O private-openssh -o NEW), " +
        'or set `connection: openssh`.',
    ],
  ])('that %s is an error', (_, text, message, hint) => {
    const file = text === undefined ? path('nowhere') : write('odd', text)
    expect(() => found([file])).toThrow(
      expect.objectContaining({
        message: `web-1: ${message.replaceAll('FILE', file)}`,
        hint: hint.replaceAll('FILE', file),
      }),
    )
  })

  it('in PKCS#8, encrypted, is locked without its passphrase', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
    const file = write('p8', privateKey.export(options) as string)
    expect(found([file])).toEqual([{ path: file, usable: false, publicKey: undefined, problem: locked(file) }])
    expect(found([file], { passphrase: secret('secret') })).toMatchObject([{ usable: true }])
  })
})

describe('where no key is named, the usual files', () => {
  it('are used in their order, and one that is not a key is passed over', () => {
    write('id_rsa', 'hello')
    write('id_ecdsa', lockedKey)
    write('id_ed25519', plainKey)
    write('other', plainKey)
    expect(found([])).toEqual([
      { path: path('id_ed25519'), usable: true, publicKey: base64(plainPublic), problem: undefined },
      { path: path('id_ecdsa'), usable: false, publicKey: base64(lockedPublic), problem: locked(path('id_ecdsa')) },
      { path: path('id_rsa'), usable: false, publicKey: undefined, problem: undefined },
    ])
    expect(found([], { passphrase: secret('secret') })).toMatchObject([{ usable: true }, { usable: true }, {}])
  })
})
