import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { issue, newAuthority, readAuthority } from '../../../tasks/proxy/authority/authority.ts'
import { described, servedCertificate } from '../../../tasks/proxy/served-certificate.ts'

const day = 86_400_000
const now = Date.now()
const authority = readAuthority(newAuthority('home.local'))
const { certificate } = issue(authority, ['shop.home.local'], now)
const app = (access: unknown): ReturnType<typeof toApp> =>
  toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y', access }))

describe('the certificate that users get', () => {
  it.each<[string, string, number, string]>([
    [
      'shop.home.local',
      certificate,
      now,
      'the certificate of shop.home.local is good for 819 days (Cutover CA for home.local)',
    ],
    ['shop.home.local', certificate, now + 821 * day, 'the certificate of shop.home.local ended 2 days ago'],
    ['a.org', certificate, now, 'a.org is served with a certificate for other names'],
    ['a.org', '', now, 'nothing shows a certificate for a.org on port 443'],
  ])('of %s', (domain, pem, at, expected) => expect(described(pem, domain, at)).toBe(expected))

  it('is asked for by the first domain, on the host itself', async () => {
    const scripted = new ScriptedHost((command) => (command.includes('openssl') ? certificate : undefined))
    const access = { domain: ['shop.home.local', 'b.home.local'], https: 'internal' }
    expect(await servedCertificate(scripted.host, app(access), now)).toContain('is good for 819 days')
    expect(scripted.commands.join()).toContain('sh shop.home.local 2>/dev/null')
  })

  it.each(['local', { domain: 'shop.home.local', https: 'off' }])('is none for %j', async (access) => {
    expect(await servedCertificate(new ScriptedHost().host, app(access))).toBeNull()
  })
})
