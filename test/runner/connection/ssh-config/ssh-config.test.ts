import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostConfig } from '../../../../runner/connection/ssh-config/ssh-config.ts'

let files = 0
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
function says(text: string, host = 'web', user?: string): ReturnType<typeof hostConfig> {
  const file = join(folder, String(files++))
  writeFileSync(file, text)
  return hostConfig([file], host, user)
}

describe('an ssh_config', () => {
  it.each([
    ['90', 90_000],
    ['1m30s', 90_000],
    ['2H', 7_200_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['none', undefined],
    ['soon', undefined],
  ])('gives the time %s', (text, ms) => {
    expect(says(`ConnectTimeout ${text}\nServerAliveInterval ${text}`)).toEqual(
      ms === undefined ? {} : { connectTimeout: ms, aliveInterval: ms },
    )
  })

  it('gives the first value, by name, pattern and user', () => {
    const text = 'Host web-*\n  Port 2022\n  User first\nHost *\n  Port 22\nMatch user pat\n  IdentitiesOnly yes\n'
    expect(says(text, 'web-1')).toEqual({ port: 2022, user: 'first' })
    expect(says(text, 'db', 'pat')).toEqual({ port: 22, identitiesOnly: true })
  })

  it('includes where it stands: in a section, for its hosts alone, and what follows is of that section again', () => {
    const included = join(folder, 'more.conf')
    writeFileSync(included, 'User fromfile\r\nHost *\r\n  Port 2200\r\n')
    mkdirSync(join(folder, 'parts/sub'), { recursive: true })
    writeFileSync(join(folder, 'parts/a.conf'), 'IdentitiesOnly yes\n')
    const text = `Host prod-*\r\n  Include ${included}\r\n  ConnectTimeout 3\r\nHost *\r\n  ForwardAgent yes\r\n  Include ${folder}/parts/*\r\n  Include ${folder}/nowhere\r\n`
    expect(says(text, 'prod-1')).toEqual({
      user: 'fromfile',
      port: 2200,
      connectTimeout: 3000,
      forwardAgent: true,
      identitiesOnly: true,
    })
    expect(says(text, 'dev-1')).toEqual({ forwardAgent: true, identitiesOnly: true })
  })

  it('says what is not a number, and knows none and variables', () => {
    expect(() => says('Port abc')).toThrow("'abc' is not a valid number for port")
    process.env.CUTOVER_TEST_HOME = '/home/of'
    expect(says('UserKnownHostsFile none\nIdentityFile ${CUTOVER_TEST_HOME}/key')).toEqual({
      knownHosts: [],
      identities: ['/home/of/key'],
    })
  })

  it('gives files with their tokens, an agent, hops', () => {
    process.env.CUTOVER_TEST_AGENT = '/run/agent'
    expect(
      says(
        'Host web\n  HostName %h.example\n  User pat\n  IdentityFile "/keys/%n of %r at %h"\n  IdentityAgent $CUTOVER_TEST_AGENT\n  ProxyJump one,pat@two:2022\n  HostKeyAlias cluster\n',
      ),
    ).toEqual({
      hostName: 'web.example',
      user: 'pat',
      identities: ['/keys/web of pat at web.example'],
      agent: '/run/agent',
      jump: ['one', 'pat@two:2022'],
      keyAlias: 'cluster',
    })
    expect(says('IdentityAgent none\nProxyJump none')).toEqual({ agent: false, jump: [] })
  })
  it.each<[string, ReturnType<typeof hostConfig>]>([
    ['IdentityAgent SSH_AUTH_SOCK', {}],
    ['IdentityAgent NONE', { agent: false }],
    ['IdentityAgent ${CUTOVER_TEST_AGENT}', { agent: '/run/agent' }],
    ['IdentityAgent ~/agent-%r\nUser pat', { agent: join(homedir(), 'agent-pat'), user: 'pat' }],
    ['IdentityAgent /a/$b', { agent: '/a/$b' }],
    ['IdentityFile ~\nIdentityFile ~x\nIdentityFile NONE', { identities: [homedir(), '~x'] }],
    ['IdentityFile /k/%p-%k-${CUTOVER_TEST_NOTHING}', { identities: ['/k/22-web-'] }],
    ['ProxyJump a , b', { jump: ['a', 'b'] }],
    ['ProxyJump None', { jump: [] }],
    ['ProxyCommand nc %h', { proxyCommand: 'nc %h' }],
    ['ProxyCommand NONE', {}],
    ['HostName Web.Example\nHostKeyAlias Cluster', { hostName: 'web.example', keyAlias: 'cluster' }],
    ['ServerAliveCountMax 4\nPort 2', { aliveCount: 4, port: 2 }],
    ['GlobalKnownHostsFile /a /b', { globalKnownHosts: ['/a', '/b'] }],
    ['CertificateFile /c', { beyond: 'CertificateFile in your ssh_config' }],
    ['CanonicalizeHostname always', { beyond: 'CanonicalizeHostname in your ssh_config' }],
    ['CanonicalizeHostname no', {}],
    ['CanonicalizeHostname yes-not', {}],
    ['PKCS11Provider /lib', { beyond: 'PKCS11Provider in your ssh_config' }],
    ['PKCS11Provider none', {}],
    ['Match version 9', { beyond: "'Match version 9' in your ssh_config" }],
  ])('%j', (text, config) => {
    process.env.CUTOVER_TEST_AGENT = '/run/agent'
    expect(says(text)).toEqual(config)
  })

  it('gives a path by the user who logs in', () => {
    expect(says('IdentityFile /k/%r\nUser jo', 'web', 'pat')).toEqual({ identities: ['/k/pat'], user: 'jo' })
    expect(says('IdentityFile /k/%h', 'WEB')).toEqual({ identities: ['/k/web'] })
  })

  it('that cannot be read is an error', () => {
    expect(() => hostConfig([folder, '/nowhere'], 'web')).toThrow(
      expect.objectContaining({
        message: `${folder} and /nowhere cannot be read: EISDIR: illegal operation on a directory, read`,
        hint: 'Fix the file, or name another one with `ssh_config`, or use none: `ssh_config: false`.',
      }),
    )
  })
})
