import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostConfig } from '../../../runner/connection/ssh-config.ts'

let files = 0
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
function says(text: string, host = 'web', user?: string): ReturnType<typeof hostConfig> {
  const file = join(folder, String(files++))
  writeFileSync(file, text)
  return hostConfig(file, host, user)
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
    expect(says(`ConnectTimeout ${text}\nServerAliveInterval ${text}`)).toEqual(ms === undefined ? {} : { connectTimeout: ms, aliveInterval: ms })
  })

  it('gives the first value, by name, pattern and user', () => {
    const text = 'Host web-*\n  Port 2022\n  User first\nHost *\n  Port 22\nMatch user pat\n  IdentitiesOnly yes\n'
    expect(says(text, 'web-1')).toEqual({ port: 2022, user: 'first' })
    expect(says(text, 'db', 'pat')).toEqual({ port: 22, user: 'pat', identitiesOnly: true })
  })

  it('gives files with their tokens, an agent, hops', () => {
    process.env.CUTOVER_TEST_AGENT = '/run/agent'
    expect(says('Host web\n  HostName %h.example\n  User pat\n  IdentityFile "/keys/%n of %r at %h"\n  IdentityAgent $CUTOVER_TEST_AGENT\n  ProxyJump one,pat@two:2022\n  HostKeyAlias cluster\n')).toEqual({
      hostName: 'web.example', user: 'pat', identities: ['/keys/web of pat at web.example'], agent: '/run/agent', jump: ['one', 'pat@two:2022'], keyAlias: 'cluster',
    })
    expect(says('IdentityAgent none\nProxyJump none')).toEqual({ agent: false, jump: [] })
  })
})
