import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { issue, newAuthority, readAuthority } from '../../../tasks/proxy/authority/authority.ts'
import { internalCertificate } from '../../../tasks/proxy/authority/internal-certificate.ts'
import { certificateText, daysLeft, ownCertificate, parseCertificate } from '../../../tasks/proxy/certificate.ts'

const day = 86_400_000
const made = newAuthority('home.local')
const authority = readAuthority(made)
const names = ['shop.home.local', 'www.shop.home.local']
const path = '/opt/traefik/dynamic/shop.certificate.yaml'
const refusal = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return (error as Error).message
  }
}

describe('an authority', () => {
  it('gives certificates for names below its domain, which its root vouches for', () => {
    const { certificate, key } = parseCertificate(certificateText('shop', issue(authority, names)).reveal()) ?? {}
    expect(certificate?.subjectAltName).toBe('DNS:shop.home.local, DNS:www.shop.home.local')
    expect(certificate?.verify(authority.root.publicKey) && certificate.checkIssued(authority.root)).toBe(true)
    expect(key && certificate?.checkPrivateKey(key)).toBe(true)
    expect(certificate && daysLeft(certificate)).toBe(819)
    expect(certificate?.ca).toBe(false)
  })

  it('gives none that outlives it', () => {
    const old = readAuthority(newAuthority('home.local', Date.now() - 9 * 365 * day))
    const { certificate } = parseCertificate(certificateText('shop', issue(old, names)).reveal()) ?? {}
    expect(certificate?.validTo).toBe(old.root.validTo)
  })

  it('is one whose certificate and key belong together', () => {
    const other = newAuthority('home.local')
    expect(refusal(() => readAuthority({ ...made, key: other.key }))).toBe(
      'the `ca` of the inventory is not an authority’s certificate with its key',
    )
    expect(refusal(() => readAuthority(issue(authority, names)))).toBe(
      'the `ca` of the inventory is not an authority’s certificate with its key',
    )
    expect(refusal(() => readAuthority({ ...made, certificate: 'x' }))).toContain('cannot be read')
  })

  it('is not asked for names that its root does not allow', () =>
    expect(refusal(() => internalCertificate('shop', ['shop.example.org'], authority))).toBe(
      'shop.example.org of shop is not below home.local, for which the authority was made',
    ))
})

describe('a certificate from files', () => {
  const files = issue(authority, names)
  const notes: string[] = []
  const own = (wanted: readonly string[], more: Partial<typeof files> = {}): unknown =>
    refusal(() => ownCertificate('shop', wanted, { ...files, ...more }, (note) => notes.push(note)))

  it('is for all names of the app, and for the key', () => {
    expect(own(names)).toMatchObject({ name: `file ${path}` })
    expect(own([...names, 'a.org'])).toBe('the certificate of shop is not for a.org')
    expect(own(names, { key: issue(authority, names).key })).toBe(
      'the certificate of shop is not for the key that the inventory names',
    )
    expect(own(names, { key: new Secret('x', 'key') })).toContain('cannot be read')
    expect(notes).toEqual([])
  })

  it('is told when it ends soon', () => {
    const soon = issue(authority, names, Date.now() - 810 * day)
    expect(own(names, soon)).toMatchObject({ name: `file ${path}` })
    expect(notes).toEqual([expect.stringMatching(/^shop: its certificate ends in 9 days \(.*\): get a new one$/)])
  })
})

describe('a certificate file', () => {
  it.each([null, '', 'tls: {}', '    - certFile: "x"\n      keyFile: "y"\n'])('may be damaged: %j', (text) =>
    expect(parseCertificate(text)).toBeNull(),
  )
})
