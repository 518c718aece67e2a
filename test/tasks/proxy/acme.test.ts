import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Secret } from '../../../runner/index.ts'
import { acme } from '../../../tasks/app/acme.ts'
import { acmeFiles, type AcmeOptions } from '../../../tasks/proxy/acme.ts'
import { traefik, traefikConfiguration } from '../../../tasks/proxy/traefik.ts'

const server = 'https://acme.test/dir'
const timeouts = { read: 600, write: 0, idle: 180 }
const options = (more: AcmeOptions, http3 = false): Parameters<typeof traefik>[0] => ({
  ...{ image: 'traefik:v3.7.15', https: true, http3, timeouts, acme: more },
})
const resolver = (more: AcmeOptions): unknown =>
  (parse(traefikConfiguration(options(more))) as { certificatesResolvers: { letsencrypt: { acme: unknown } } })
    .certificatesResolvers.letsencrypt.acme
const email = 'you@example.org'

describe('Traefik asks for certificates', () => {
  it.each<[string, AcmeOptions, object]>([
    [
      'Let’s Encrypt',
      { email },
      { email, storage: '/etc/traefik/acme/acme.json', httpChallenge: { entryPoint: 'web' } },
    ],
    [
      'its server for tests, which has a store of its own',
      { email, settings: acme.parse({ staging: true }) },
      {
        email,
        storage: '/etc/traefik/acme/acme-67f27506.json',
        caServer: 'https://acme-staging-v02.api.letsencrypt.org/directory',
        httpChallenge: { entryPoint: 'web' },
      },
    ],
    [
      'a server of one’s own, by port 443',
      { settings: acme.parse({ server, ca: 'ca.crt', challenge: 'tls-alpn' }), ca: 'PEM' },
      {
        storage: expect.stringMatching(/acme-[0-9a-f]{8}\.json$/) as string,
        caServer: server,
        caCertificates: ['/etc/traefik/acme/ca.crt'],
        tlsChallenge: {},
      },
    ],
    [
      'by a record',
      { email, settings: acme.parse({ challenge: 'dns', dns: { provider: 'hetzner', resolvers: ['192.0.2.1:53'] } }) },
      {
        email,
        storage: '/etc/traefik/acme/acme.json',
        dnsChallenge: { provider: 'hetzner', resolvers: ['192.0.2.1:53'] },
      },
    ],
  ])('%s', (_, more, expected) => expect(resolver(more)).toEqual(expected))

  it('not at all, where nothing says how', () =>
    expect(traefikConfiguration({ ...options({}), acme: null })).not.toContain('certificatesResolvers'))

  it('with variables that stand in a file of root alone', () => {
    const variables = { TOKEN: new Secret('a$b "c"', 'TOKEN') }
    expect(acmeFiles({ variables }).tasks.map(({ name }) => name)).toEqual(['file /opt/traefik/acme/dns.env'])
    expect(acmeFiles({ variables }).compose.env_file).toBe('/opt/traefik/acme/dns.env')
    expect(acmeFiles({ variables }).contents).toEqual(['TOKEN=\'a$b "c"\'\n'])
    expect(acmeFiles({ ca: 'PEM' }).tasks.map(({ name }) => name)).toEqual(['file /opt/traefik/acme/ca.crt'])
    expect(acmeFiles({}).compose.env_file).toBe('')
    for (const value of ["a'b", 'a\nb', 'a\\b'])
      expect(() => acmeFiles({ variables: { TOKEN: new Secret(value, 'TOKEN') } })).toThrow(
        'TOKEN of the DNS provider has a quote, a backslash or a line break',
      )
  })

  it('and serves HTTP/3 where that is wanted', () => {
    expect(traefikConfiguration(options({}, true))).toContain('    http3: {}\n')
    expect(traefikConfiguration(options({}))).not.toContain('http3')
    expect(traefikConfiguration({ ...options({}, true), https: false })).not.toContain('http3')
  })
})
