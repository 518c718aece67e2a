import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostConfig } from '../../../runner/connection/ssh-config.ts'

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

  it('runs the commands of Match exec, where the rest of it holds', () => {
    const trace = join(folder, 'trace')
    const text = `Match exec "test %h = web && echo \\"%h\\" >>${trace}"\n  Port 2\nMatch originalhost other exec "echo no >>${trace}"\n  Port 3\nMatch exec false\n  Port 4\nMatch exec "test %r = pat" host web\n  ForwardAgent yes\n`
    expect(says(text, 'web')).toEqual({ port: 2 })
    expect(says(text, 'web', 'pat')).toEqual({ port: 2, forwardAgent: true })
    expect(says(text, 'db')).toEqual({})
    expect(readFileSync(trace, 'utf8')).toBe('web\n')
  })

  it('says what is no number, and knows none and variables', () => {
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
})
