import { describe, expect, it } from 'vitest'
import { acme, acmeServer, isProduction } from '../../../tasks/app/acme.ts'

const issues = (given: object): string[] => (acme.safeParse(given).error?.issues ?? []).map(({ message }) => message)
const server = 'https://acme.test:14000/dir'

describe('how certificates are asked for', () => {
  it.each<[object, string]>([
    [{}, 'https://acme-v02.api.letsencrypt.org/directory'],
    [{ staging: true }, 'https://acme-staging-v02.api.letsencrypt.org/directory'],
    [{ server, ca: 'ca.crt', challenge: 'tls-alpn' }, server],
    [{ challenge: 'dns', dns: { provider: 'hetzner' } }, 'https://acme-v02.api.letsencrypt.org/directory'],
  ])('%j', (given, expected) => {
    const parsed = acme.parse(given)
    expect(acmeServer(parsed)).toBe(expected)
    expect(isProduction(parsed)).toBe(expected.startsWith('https://acme-v02.'))
  })

  it('is Let’s Encrypt unasked', () => expect(isProduction(undefined)).toBe(true))

  it.each<[object, string]>([
    [{ server: 'http://acme.test/dir' }, 'an ACME server is the https address of its directory'],
    [{ server: 'acme.test' }, 'an ACME server is the https address of its directory'],
    [{ server, staging: true }, 'staging is of Let’s Encrypt: leave one of both out'],
    [{ ca: 'ca.crt' }, 'ca is for a server of your own: name it'],
    [{ challenge: 'dns' }, '`challenge: dns` and `dns: { provider: … }` belong together'],
    [{ dns: { provider: 'hetzner' } }, '`challenge: dns` and `dns: { provider: … }` belong together'],
    [
      { challenge: 'dns', dns: { provider: 'a b' } },
      'a DNS provider is its code in the documentation of Traefik: cloudflare',
    ],
    [{ challenge: 'dns', dns: { provider: 'a', resolvers: ['1.1.1.1'] } }, 'a resolver is ADDRESS:PORT'],
  ])('is not %j', (given, message) => expect(issues(given)).toEqual([message]))
})
