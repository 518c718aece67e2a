import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bundled, consent, digestOf, referrers, simplySigned } from '../../../../lab/cosign.ts'
import { blobsIn, manifestsIn, signaturesIn } from '../../../../tasks/blue-green/signature/signatures.ts'
import { digest } from '../builders.ts'

const key = generateKeyPairSync('ed25519').privateKey
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const bundle = bundled(digest(2), key)
const simple = simplySigned(digest(2), key)
const [listed] = referrers(bundle.manifest).manifests as [Record<string, unknown>]
const inList = (more: Record<string, unknown>): string[] => manifestsIn(bytes({ manifests: [{ ...listed, ...more }] }))
const nonsense = [undefined, Buffer.from('no JSON'), bytes(null), bytes([]), bytes({ manifests: {}, layers: 'x' })]

describe('a list of what refers to an image', () => {
  it.each([
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
    'application/vnd.oci.empty.v1+json',
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    undefined,
  ])('may have a signature as %s', (artifactType) => expect(inList({ artifactType })).toEqual([listed.digest]))

  it('may say nothing of what a manifest states', () =>
    expect(inList({ annotations: undefined })).toEqual([listed.digest]))

  it.each<Record<string, unknown>>([
    { artifactType: 'application/spdx+json' },
    { annotations: { 'dev.sigstore.bundle.predicateType': 'https://spdx.dev/Document' } },
    { digest: 'sha256:../../x' },
    { digest: `${digest(2)}/../x` },
    { digest: undefined },
    { size: 5 * 1024 * 1024 },
  ])('has none as %j', (more) => expect(inList(more)).toEqual([]))

  it.each(nonsense)('is not %s', (value) => expect(manifestsIn(value)).toEqual([]))
})

describe('a manifest', () => {
  it('names the blobs of both kinds', () => {
    expect(blobsIn(bytes(bundle.manifest))).toEqual([{ digest: digestOf(bundle.blob) }])
    expect(blobsIn(bytes(simple.manifest))).toEqual([
      { digest: digestOf(simple.blob), value: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) as string },
    ])
  })

  it('of another statement has none', () =>
    expect(blobsIn(bytes(bundled(digest(2), key, 'https://slsa.dev/provenance/v1').manifest))).toEqual([]))

  it('has none in a layer of another type, without a signature, or with no digest', () => {
    const [layer] = simple.manifest.layers as [Record<string, unknown>]
    const layers = [{ ...layer, mediaType: 'text/plain' }, { ...layer, annotations: {} }, { ...layer, digest: 'x' }, 7]
    expect(blobsIn(bytes({ layers }))).toEqual([])
    expect(blobsIn(bytes({ layers: [...layers, layer] }))).toHaveLength(1)
  })

  it.each(nonsense)('is not %s', (value) => expect(blobsIn(value)).toEqual([]))
})

describe('a blob', () => {
  const value = Buffer.from('the signature').toString('base64')
  const payload = JSON.parse(simple.blob.toString()) as { critical: Record<string, unknown> }
  const inBlob = (content: Buffer | undefined): unknown[] =>
    signaturesIn(content, { digest: digest(9), value }, digest(2))
  const envelope = JSON.parse(bundle.blob.toString()) as { dsseEnvelope: Record<string, unknown> }
  const inBundle = (content: Buffer | undefined): unknown[] => signaturesIn(content, { digest: digest(9) }, digest(2))
  const stating = (statement: unknown): Buffer =>
    bytes({ dsseEnvelope: { ...envelope.dsseEnvelope, payload: bytes(statement).toString('base64') } })
  const subject = [{ digest: { sha256: '2'.repeat(64) } }]

  it('of a simple signature is what was signed', () =>
    expect(inBlob(simple.blob)).toEqual([{ signed: simple.blob, value: Buffer.from('the signature') }]))

  it.each([
    { ...payload.critical, type: 'https://example.org/other' },
    { ...payload.critical, image: { 'docker-manifest-digest': digest(1) } },
    { ...payload.critical, image: {} },
  ])('that was signed for something else counts for nothing: %j', (critical) =>
    expect(inBlob(bytes({ critical }))).toEqual([]),
  )

  it('that is a bundle has what was signed in its envelope, with each signature', () => {
    const signatures = [{ sig: 'AAAA' }, { keyid: 'x' }, { sig: 'BBBB' }]
    const found = inBundle(bytes({ dsseEnvelope: { ...envelope.dsseEnvelope, signatures } }))
    expect(found).toHaveLength(2)
    expect(found[1]).toEqual({
      signed: expect.any(Buffer) as Buffer,
      value: Buffer.from('BBBB', 'base64'),
    })
    expect(String((found[0] as { signed: Buffer }).signed)).toMatch(
      /^DSSEv1 28 application\/vnd\.in-toto\+json \d+ \{"_type"/,
    )
  })

  it.each([
    { predicateType: 'https://spdx.dev/Document', subject },
    { predicateType: consent, subject: [{ digest: { sha256: '1'.repeat(64) } }] },
    { predicateType: consent, subject: [{ digest: { sha512: '2'.repeat(64) } }] },
    { predicateType: consent, subject: 'x' },
    { predicateType: consent },
    'x',
  ])('that is a bundle with another statement counts for nothing: %j', (statement) =>
    expect(inBundle(stating(statement))).toEqual([]),
  )

  it('names an image among several', () =>
    expect(inBundle(stating({ predicateType: consent, subject: [7, {}, ...subject] }))).toHaveLength(1))

  it('of another type of payload counts for nothing', () =>
    expect(inBundle(bytes({ dsseEnvelope: { ...envelope.dsseEnvelope, payloadType: 'text/plain' } }))).toEqual([]))

  it.each(nonsense)('is not %s', (content) => expect([...inBlob(content), ...inBundle(content)]).toEqual([]))
})
