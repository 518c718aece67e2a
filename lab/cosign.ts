import { createHash, type KeyObject, sign } from 'node:crypto'

/** What `cosign sign` leaves in a registry: one blob, and a manifest that names it. */
export interface CosignSignature {
  blob: Buffer
  manifest: Record<string, unknown>
}

/** The config of a manifest that needs none. */
export const emptyConfig = Buffer.from('{}')
export const manifestType = 'application/vnd.oci.image.manifest.v1+json'
export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
export const consent = 'https://sigstore.dev/cosign/sign/v1'
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const inToto = 'application/vnd.in-toto+json'

/** As cosign signs: by SHA-256, but with an Ed25519 key, which takes no hash. */
const signed = (bytes: Buffer, key: KeyObject): string =>
  sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key).toString('base64')

const manifestOf = (
  blob: Buffer,
  layer: Record<string, unknown>,
  more: Record<string, unknown> = {},
): CosignSignature => ({
  blob,
  manifest: {
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: digestOf(emptyConfig),
      size: emptyConfig.length,
    },
    layers: [{ digest: digestOf(blob), size: blob.length, ...layer }],
    ...more,
  },
})

/** The signature of an image as cosign 1 and 2 make it. @param image its digest */
export function simplySigned(image: string, key: KeyObject): CosignSignature {
  const blob = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'x/shop' },
        image: { 'docker-manifest-digest': image },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  )
  return manifestOf(blob, {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    annotations: { 'dev.cosignproject.cosign/signature': signed(blob, key) },
  })
}

/** The signature of an image as cosign 3 makes it, or an attestation with another predicate. @param image its digest */
export function bundled(image: string, key: KeyObject, predicateType = consent): CosignSignature {
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: image.replace('sha256:', '') } }],
      predicateType,
      predicate: {},
    }),
  )
  const enveloped = Buffer.from(`DSSEv1 ${inToto.length} ${inToto} ${payload.length} ${payload.toString()}`)
  const blob = Buffer.from(
    JSON.stringify({
      mediaType: bundleType,
      verificationMaterial: { publicKey: { hint: 'a hint' } },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: inToto,
        signatures: [{ sig: signed(enveloped, key) }],
      },
    }),
  )
  return manifestOf(
    blob,
    { mediaType: bundleType },
    {
      artifactType: bundleType,
      subject: { mediaType: manifestType, digest: image, size: 1 },
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': predicateType,
      },
    },
  )
}

/** A list of what refers to an image: of a registry that has such lists, or under a tag. */
export const referrers = (...manifests: readonly Record<string, unknown>[]): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: manifests.map((manifest) => {
    const bytes = Buffer.from(JSON.stringify(manifest))
    const { artifactType, annotations } = manifest
    return { mediaType: manifestType, digest: digestOf(bytes), size: bytes.length, artifactType, annotations }
  }),
})
