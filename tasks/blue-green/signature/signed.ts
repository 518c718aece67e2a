import { CutoverError, digestOf, type Host } from '../../../runner/index.ts'
import type { App } from '../../app/index.ts'
import { paths } from '../../paths.ts'
import { registryTrouble } from '../registry-trouble.ts'
import { fingerprint, isBy } from './keys.ts'
import { blobsIn, manifestsIn, most, type Signature, type SignatureBlob, signaturesIn } from './signatures.ts'

/** Asks the registry for what it has at paths below the image's repository. undefined: nothing. */
type Get = (wanted: readonly string[]) => Promise<(Buffer | undefined)[]>

/**
 * Checks that the image of a tag has a signature by one of some keys in its registry, where cosign leaves it.
 * @param keys public keys, as PEM texts
 * @throws CutoverError if there is none, none by these keys, or the registry does not answer; it is not remembered, for a
 * signature may follow its image some seconds later
 */
export async function verifySignature(
  host: Host,
  app: App,
  keys: readonly string[],
  { tag, digest }: { tag: string; digest: string },
): Promise<void> {
  let count = 0
  for await (const each of signaturesOf(getter(host, app, tag), digest)) {
    if (keys.some((key) => isBy(key, each))) return
    count += 1
  }
  const image = `${app.image}@${digest}`
  const sign = `cosign sign --key cosign.key ${image}\nThe running release is untouched.`
  if (count === 0)
    throw new CutoverError(`${app.name} ${tag} is not signed: the registry has no signature of ${image}`, {
      hint: `Sign it, and release it again: ${sign}`,
    })
  const ours = keys.map((key) => `${fingerprint(key)}…`).join(', ')
  const others = count === 1 ? 'by another one' : `${count} times by others`
  throw new CutoverError(`${app.name} ${tag} is not signed by a key of \`verify\` (SHA-256 ${ours}), but ${others}`, {
    hint: `Who signed it? If that was right, name the public key in \`apps.${app.name}.verify\`, and run setup. Else sign it: ${sign}`,
  })
}

/** The signatures of an image: those of cosign 2 first, for they are one question nearer. */
async function* signaturesOf(get: Get, image: string): AsyncGenerator<Signature> {
  const tag = image.replace(':', '-')
  const [simple, ...lists] = await get([`manifests/${tag}.sig`, `referrers/${image}`, `manifests/${tag}`])
  const old = blobsIn(simple)
  const manifests = [...new Set(lists.flatMap(manifestsIn))].slice(-most)
  const contents = await contentsOf(get, { blobs: old, manifests })
  const inBlobs = (blobs: readonly SignatureBlob[], of: Contents): Signature[] =>
    blobs.flatMap((blob) => signaturesIn(of.get(blob.digest), blob, image))
  yield* inBlobs(old, contents)
  const blobs = manifests.flatMap((each) => blobsIn(contents.get(each))).slice(-most)
  yield* inBlobs(blobs, await contentsOf(get, { blobs }))
}

type Contents = ReadonlyMap<string, Buffer>

/** What a registry has under digests, if it is that indeed. */
async function contentsOf(
  get: Get,
  { blobs, manifests = [] }: { blobs: readonly SignatureBlob[]; manifests?: readonly string[] },
): Promise<Contents> {
  const wanted = new Map([
    ...blobs.map(({ digest }): [string, string] => [digest, `blobs/${digest}`]),
    ...manifests.map((digest): [string, string] => [digest, `manifests/${digest}`]),
  ])
  const found = wanted.size === 0 ? [] : await get([...wanted.values()])
  return new Map(
    [...wanted.keys()].flatMap((digest, index): [string, Buffer][] => {
      const content = found[index]
      return content && `sha256:${digestOf(content)}` === digest ? [[digest, content]] : []
    }),
  )
}

const getter =
  (host: Host, app: App, tag: string): Get =>
  async (wanted) => {
    const ended = await host.quiet({ nothrow: true })`${[`${paths.program}/registry-get.sh`, app.image, ...wanted]}`
    if (ended.exitCode !== 0) throw registryTrouble(host, app, ended, `the signature of ${app.image}:${tag}`)
    const lines = ended.stdout.split('\n')
    return wanted.map((_, index) => (lines[index] ? Buffer.from(lines[index], 'base64') : undefined))
  }
