import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fingerprint, judge, keysFor, knownName } from '../../../../runner/connection/ssh/known-hosts.ts'

const blob = (type: string, fill: number): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type), Buffer.alloc(32, fill)])
const one = blob('ssh-ed25519', 1)
const two = blob('ssh-ed25519', 2)
const line = (names: string, key: Buffer): string => `${names} ssh-ed25519 ${key.toString('base64')}`
const hashed = (name: string): string => {
  const salt = Buffer.from('saltsaltsaltsaltsalt')
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

describe('known_hosts', () => {
  it.each([
    ['a plain name', line('web.example.org,10.0.0.1', one), '10.0.0.1', 'known'],
    ['a hashed name', line(hashed('web.example.org'), one), 'web.example.org', 'known'],
    ['a port of its own', line('[web]:2222', one), knownName('web', 2222), 'known'],
    ['a wildcard', line('*.example.org', one), 'web.example.org', 'known'],
    ['a negated wildcard', line('*.example.org,!web.example.org', one), 'web.example.org', 'unknown'],
    ['another host', line('other', one), 'web', 'unknown'],
    ['another key', line('web', two), 'web', 'changed'],
    ['a revoked key', `@revoked ${line('*', one)}`, 'web', 'revoked'],
    ['a revoked key that is another', `@revoked ${line('*', two)}\n${line('web', one)}`, 'web', 'known'],
    ['a revoked key that is known too', `${line('web', one)}\n@revoked ${line('*', one)}`, 'web', 'revoked'],
    ['an authority', `@cert-authority ${line('*', one)}`, 'web', 'authority'],
    ['an authority and a key', `@cert-authority ${line('*', two)}\n${line('web', one)}`, 'web', 'known'],
    ['an authority and another key', `@cert-authority ${line('*', one)}\n${line('web', two)}`, 'web', 'changed'],
    ['a revoked authority', `@revoked ${line('*', two)}`, 'web', 'unknown'],
    ['one of two keys', `${line('web', two)}\n${line('web', one)}`, 'web', 'known'],
    ['capitals', line('WEB', one), 'web', 'known'],
    ['blanks and tabs', `  web\tssh-ed25519   ${one.toString('base64')}  comment`, 'web', 'known'],
    ['a hashed name without a hash', `|1| ssh-ed25519 ${one.toString('base64')}`, 'web', 'unknown'],
    ['a line without a key', 'web ssh-ed25519', 'web', 'unknown'],
    ['a comment', `# ${line('web', one)}`, 'web', 'unknown'],
  ])('%s', (_, text, name, verdict) => {
    expect(judge(one, keysFor(name, text, 'file')).verdict).toBe(verdict)
  })

  it('says where the key stands that has changed', () => {
    expect(judge(one, keysFor('web', `\n\n${line('web', two)}`, '/k'))).toMatchObject({ at: { file: '/k', line: 3 } })
  })
})

it('a host is listed in lower case, and with its port unless that is 22', () => {
  expect([knownName('Web', 22), knownName('Web', 2222)]).toEqual(['web', '[web]:2222'])
})

it('a fingerprint is written as ssh writes it', () => {
  expect(fingerprint(Buffer.from('abc'))).toBe('SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0')
})
