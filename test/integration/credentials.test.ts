import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { askPassword } from '../../runner/cli/ask.ts'
import { isLocked, publicHalf } from '../../runner/connection/ssh/key-file.ts'
import { localKeys } from '../../runner/connection/ssh/local-keys.ts'
import { authentication } from '../../runner/connection/ssh/ssh-auth.ts'
import { explain } from '../../runner/errors.ts'
import { type CredentialOptions, credentialsOf, type HostCredentials } from '../../runner/login/credentials.ts'
import { parseInventory, type Reachable } from '../../runner/inventory/index.ts'
import { Secret } from '../../runner/secret/secret.ts'

const home = mkdtempSync(join(tmpdir(), 'cutover-home-'))
const key = (name: string): string => join(home, '.ssh', name)
const make = (name: string, passphrase: string, ...more: string[]): void =>
  void execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', key(name), ...more])

beforeAll(() => {
  mkdirSync(join(home, '.ssh'))
  make('id_ed25519', 'one')
  make('second', 'two')
  make('open', '')
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'three', '-f', key('pem')])
})
afterEach(() => vi.unstubAllEnvs())

/** What a person is asked for some hosts, and what comes of it. */
async function asked(
  hosts: string,
  options: Partial<CredentialOptions> = {},
  agent?: string,
): Promise<{ questions: string[]; given: HostCredentials[]; hosts: readonly Reachable[] }> {
  vi.stubEnv('HOME', home)
  vi.stubEnv('SSH_AUTH_SOCK', agent)
  const inventory = parseInventory(
    `defaults: { ssh_config: false, become: sudo }\nhosts: { ${hosts} }\n`,
    join(home, 'i.yaml'),
    z.unknown(),
  )
  const questions: string[] = []
  const answers: Record<string, string> = { id_ed25519: 'one', second: 'two', pem: 'three' }
  const ask = async (question: string): Promise<string> => (
    questions.push(question.replace(`${home}/.ssh/`, '')),
    answers[question.split('/').at(-1)!.replace(': ', '')] ?? 'typed'
  )
  const credentials = credentialsOf({
    askPassword: false,
    askBecome: false,
    secret: (_, label) => new Secret('from the inventory', label),
    open: async () => undefined,
    ask,
    terminal: true,
    ...options,
  })
  return { given: await Promise.all(inventory.hosts.map(credentials)), questions, hosts: inventory.hosts }
}

describe('a person is asked', () => {
  it('once for a key that several hosts take, each key for its own passphrase; with it one logs in', async () => {
    const { questions, given, hosts } = await asked(
      'a: { identity: [.ssh/id_ed25519, .ssh/second] }, b: { identity: .ssh/second }, c: { identity: .ssh/open }, d: { identity: .ssh/pem }',
    )
    expect(questions).toEqual(['Passphrase of id_ed25519: ', 'Passphrase of second: ', 'Passphrase of pem: '])
    expect(hosts.map(({ target }, index) => authentication(target, given[index]!).length)).toEqual([2, 1, 1, 1])
  })

  it('for the usual key where none is named, and nothing else could log in', async () => {
    const { questions, given, hosts } = await asked('a: {}')
    expect(questions).toEqual(['Passphrase of id_ed25519: '])
    expect(authentication(hosts[0]!.target, given[0]!)).toHaveLength(1)
    expect((await asked('a: { password: { env: X } }')).questions).toEqual([])
    make('id_ecdsa', '')
    expect((await asked('a: {}')).questions).toEqual([])
    rmSync(key('id_ecdsa'))
  })

  it('for no key that the agent has, but for others', async () => {
    const [socket, pid] = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' }).match(/(?<==)[^;]+/g)!
    try {
      // An encrypted key comes into an agent by its owner's answer: here by a copy without a passphrase.
      execFileSync('cp', [key('second'), key('copy')])
      execFileSync('ssh-keygen', ['-q', '-p', '-P', 'two', '-N', '', '-f', key('copy')])
      execFileSync('ssh-add', ['-q', key('copy')], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
      rmSync(`${key('second')}.pub`)
      expect((await asked('a: { identity: [.ssh/second, .ssh/id_ed25519] }, b: {}', {}, socket)).questions).toEqual([
        'Passphrase of id_ed25519: ',
      ])
    } finally {
      process.kill(Number(pid))
    }
  })

  it('for passwords where that is wanted and none is named, once each', async () => {
    const wanted = { askPassword: true, askBecome: true }
    const { questions, given } = await asked('a: {}, b: {}, c: { become: none, password: { env: X } }', wanted)
    expect(questions.slice(0, 2)).toEqual(['Login password: ', 'sudo password: '])
    expect(questions).toHaveLength(2)
    expect(given.map(({ password, become }) => [password?.reveal(), become?.reveal()])).toEqual([
      ['typed', 'typed'],
      ['typed', 'typed'],
      ['from the inventory', undefined],
    ])
  })

  it('for nothing without a terminal: what is locked is said', async () => {
    const { questions, hosts, given } = await asked('a: {}', { terminal: false })
    expect(questions).toEqual([])
    expect(() => authentication(hosts[0]!.target, given[0]!)).toThrow(/id_ed25519 is encrypted/)
    await expect(
      asked('a: {}', { terminal: false, ask: askPassword, askPassword: true }).catch((error: unknown) =>
        Promise.reject(new Error(explain(error).join(' '))),
      ),
    ).rejects.toThrow(/Login password: there is no terminal to ask at/)
  })
})

it('a passphrase of the inventory opens those keys that it opens, and one at least', async () => {
  const { hosts, given } = await asked(
    'a: { identity: [.ssh/id_ed25519, .ssh/second], identity_passphrase: { env: X } }',
    { secret: (_, label) => new Secret('two', label) },
  )
  expect(authentication(hosts[0]!.target, given[0]!)).toHaveLength(1)
  const wrong = await asked('a: { identity: [.ssh/id_ed25519, .ssh/second], identity_passphrase: { env: X } }')
  expect(() => authentication(wrong.hosts[0]!.target, wrong.given[0]!)).toThrow(
    /the passphrase does not open .*id_ed25519/,
  )
})

it('no password goes to the ssh program, which is taken where ssh_config wants it', async () => {
  writeFileSync(key('config'), 'Host far\n  ProxyCommand nc %h %p\n')
  const far = 'far: { ssh_config: .ssh/config'
  await expect(asked(`${far}, password: { env: X } }`)).rejects.toThrow(
    'far: the ssh program takes no password from us, and it is needed here: ProxyCommand in your ssh_config',
  )
  // A question that is meant for the others.
  const { given } = await asked(`near: {}, ${far} }`, { askPassword: true })
  expect(given.map(({ password }) => password?.reveal())).toEqual(['typed', undefined])
})

it.each([['rsa'], ['ec'], ['ed25519']])('a key of the kind %s in PKCS#8 is read', async (kind) => {
  const file = key(`p8-${kind}`)
  const options = { rsa: ['RSA', 'rsa_keygen_bits:2048'], ec: ['EC', 'ec_paramgen_curve:P-384'], ed25519: ['ED25519'] }[
    kind
  ]!
  execFileSync(
    'openssl',
    ['genpkey', '-algorithm', options[0]!, ...(options[1] ? ['-pkeyopt', options[1]] : []), '-out', file],
    { stdio: 'ignore' },
  )
  execFileSync('openssl', ['pkcs8', '-topk8', '-in', file, '-out', `${file}-shut`, '-passout', 'pass:three'])
  const { hosts, given } = await asked(
    `a: { identity: .ssh/p8-${kind} }, b: { identity: .ssh/p8-${kind}-shut, identity_passphrase: { env: X } }`,
    { secret: (_, label) => new Secret('three', label) },
  )
  const keys = hosts.map(({ target }, index) => localKeys(target, given[index]!)[0]!)
  expect(keys[1]!.publicKey!.equals(keys[0]!.publicKey!)).toBe(true)
  const signature = keys[0]!.key!.sign(Buffer.from('x'))
  expect(keys[1]!.key!.verify(Buffer.from('x'), signature)).toBe(true)
})

it('a key file tells whether it is locked, and its public half', () => {
  const text = (name: string): string => readFileSync(key(name), 'utf8')
  expect(['id_ed25519', 'open', 'pem'].map((name) => isLocked(text(name)))).toEqual([true, false, true])
  expect(publicHalf(text('id_ed25519'))!.toString('base64')).toBe(
    readFileSync(`${key('id_ed25519')}.pub`, 'utf8').split(' ')[1],
  )
  expect([isLocked('junk'), publicHalf('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END')]).toEqual([
    false,
    undefined,
  ])
})
