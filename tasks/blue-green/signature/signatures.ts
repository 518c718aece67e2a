import type { z as Z } from 'zod'
import { z } from '../../../runner/index.ts'

/** A signature that a registry has for an image: the bytes that were signed name that image. */
export interface Signature {
  signed: Buffer
  value: Buffer
}

/** A blob that holds a signature, or what was signed. */
export interface SignatureBlob {
  digest: string
  /** In base64, where the blob is only what was signed. */
  value?: string
}

/** Of all that a registry lists, so much is looked at: the newest of a manifest's layers are the last. */
export const most = 50
/** Bytes. registry-get.sh reads no more either. */
const largest = 4 * 1024 * 1024

/** What `cosign sign` states. What is signed otherwise (an SBOM, a provenance) is no consent to a release. */
const consent = 'https://sigstore.dev/cosign/sign/v1'
const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
const inToto = 'application/vnd.in-toto+json'
const bundleType = /^application\/vnd\.dev\.sigstore\.bundle\b/
/** What a list calls a manifest that may hold a signature. Some registries give the type of its empty config instead. */
const listedTypes =
  /^application\/vnd\.(dev\.sigstore\.bundle\b|oci\.empty\.v1\+json$|dev\.cosign\.artifact\.sig\.v1\+json$)/

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const annotations = z.record(z.string(), z.unknown()).default({})
const manifest = z.object({ annotations, layers: z.array(z.unknown()) })
const layer = z.object({ mediaType: z.string(), digest: sha256, size: z.number().max(largest), annotations })
const list = z.object({ manifests: z.array(z.unknown()) })
const listed = z.object({
  digest: sha256,
  size: z.number().max(largest),
  artifactType: z.string().regex(listedTypes).optional(),
  annotations,
})
const simplySigned = z.object({
  critical: z.object({
    type: z.literal('cosign container image signature'),
    image: z.object({ 'docker-manifest-digest': z.string() }),
  }),
})
const bundle = z.object({
  dsseEnvelope: z.object({ payload: z.string(), payloadType: z.literal(inToto), signatures: z.array(z.unknown()) }),
})
const signature = z.object({ sig: z.string() })
const statement = z.object({ predicateType: z.literal(consent), subject: z.array(z.unknown()) })
const subject = z.object({ digest: z.record(z.string(), z.unknown()) })

/** What fits a schema: anybody who may push writes the rest. */
const fitting = <T>(schema: Z.ZodType<T>, values: readonly unknown[]): T[] =>
  values.flatMap((value) => {
    const { success, data } = schema.safeParse(value)
    return success ? [data] : []
  })

function read<T>(schema: Z.ZodType<T>, bytes: Buffer | undefined): T | undefined {
  try {
    return bytes && fitting(schema, [JSON.parse(bytes.toString())])[0]
  } catch {
    return undefined
  }
}

const states = ({ 'dev.sigstore.bundle.predicateType': predicate = consent }: Record<string, unknown>): boolean =>
  predicate === consent

/** The digests of the manifests in a list of what refers to an image that may hold signatures. */
export const manifestsIn = (bytes: Buffer | undefined): string[] =>
  fitting(listed, read(list, bytes)?.manifests ?? [])
    .filter((each) => states(each.annotations))
    .map(({ digest }) => digest)

/** The blobs of a manifest that hold signatures, or that a signature in the manifest is for. */
export function blobsIn(bytes: Buffer | undefined): SignatureBlob[] {
  const found = read(manifest, bytes)
  if (!found || !states(found.annotations)) return []
  return fitting(layer, found.layers.slice(-most)).flatMap(({ mediaType, digest, annotations: of }) => {
    if (bundleType.test(mediaType)) return [{ digest }]
    const value = of['dev.cosignproject.cosign/signature']
    return mediaType === simpleSigning && typeof value === 'string' ? [{ digest, value }] : []
  })
}

/** The signatures of an image in a blob. @param image its digest */
export function signaturesIn(bytes: Buffer | undefined, { value }: SignatureBlob, image: string): Signature[] {
  if (value === undefined) return bundled(bytes, image)
  const named = read(simplySigned, bytes)?.critical.image['docker-manifest-digest']
  return bytes && named === image ? [{ signed: bytes, value: Buffer.from(value, 'base64') }] : []
}

function bundled(bytes: Buffer | undefined, image: string): Signature[] {
  const envelope = read(bundle, bytes)?.dsseEnvelope
  if (!envelope) return []
  const payload = Buffer.from(envelope.payload, 'base64')
  const [algorithm = '', hex] = image.split(':')
  const subjects = fitting(subject, read(statement, payload)?.subject ?? [])
  if (!subjects.some(({ digest }) => digest[algorithm] === hex)) return []
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${inToto.length} ${inToto} ${payload.length} `), payload])
  return fitting(signature, envelope.signatures.slice(0, most)).map(({ sig }) => ({
    signed,
    value: Buffer.from(sig, 'base64'),
  }))
}
