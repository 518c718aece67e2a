import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bundled, referrers, simplySigned } from '../../../../lab/cosign.ts'
import { fingerprint } from '../../../../tasks/blue-green/signature/keys.ts'
import { verifySignature } from '../../../../tasks/blue-green/signature/signed.ts'
import { appWith, digest, failure, TestHost } from '../builders.ts'
import { SignedRegistry } from './registry.ts'

const pair = (): { pem: string; key: KeyObject } => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { key, pem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() }
}
const [ours, former, stranger] = [pair(), pair(), pair()]
const target = { tag: 'v2', digest: digest(2) }
const beside = digest(2).replace(':', '-')
const image = `x/shop@${digest(2)}`
const verify = (registry: SignedRegistry, keys = [ours.pem]): Promise<void> =>
  verifySignature(registry.host.host, appWith(), keys, target)
const sign = `cosign sign --key cosign.key ${image}\nThe running release is untouched.`
const unsigned = {
  kind: 'CutoverError',
  message: `shop v2 is not signed: the registry has no signature of ${image}`,
  hint: `Sign it, and release it again: ${sign}`,
}

describe('an image is signed', () => {
  it('as cosign 1 and 2 do it, which is known after two questions', async () => {
    const registry = new SignedRegistry()
    registry.put(`manifests/${beside}.sig`, registry.blobOf(simplySigned(digest(2), ours.key)))
    await verify(registry)
    expect(registry.asked).toEqual([
      [`manifests/${beside}.sig`, `referrers/${digest(2)}`, `manifests/${beside}`],
      [expect.stringMatching(/^blobs\/sha256:/)],
    ])
  })

  it.each(['referrers/' + digest(2), `manifests/${beside}`])(
    'as cosign 3 does it, listed at %s, which is known after three',
    async (list) => {
      const registry = new SignedRegistry()
      registry.put(list, referrers(registry.byDigest(bundled(digest(2), ours.key))))
      await verify(registry)
      expect(registry.asked.slice(1)).toEqual([
        [expect.stringMatching(/^manifests\/sha256:/)],
        [expect.stringMatching(/^blobs\/sha256:/)],
      ])
    },
  )

  it('also by the older of two keys, or beside the signature of a stranger', async () => {
    const registry = new SignedRegistry()
    registry.put(`manifests/${beside}.sig`, registry.blobOf(simplySigned(digest(2), stranger.key)))
    registry.put(`referrers/${digest(2)}`, referrers(registry.byDigest(bundled(digest(2), former.key))))
    await verify(registry, [ours.pem, former.pem])
    expect((await failure(verify(registry))).message).toBe(
      `shop v2 is not signed by a key of \`verify\` (SHA-256 ${fingerprint(ours.pem)}…), but 2 times by others`,
    )
  })
})

describe('an image is not signed', () => {
  it('where the registry has nothing: that is said, with what to do', async () => {
    expect(await failure(verify(new SignedRegistry()))).toEqual(unsigned)
  })

  it('by another key: its fingerprint is not ours, which is named', async () => {
    const registry = new SignedRegistry()
    registry.put(`manifests/${beside}.sig`, registry.blobOf(simplySigned(digest(2), stranger.key)))
    expect(await failure(verify(registry, [ours.pem, former.pem]))).toEqual({
      kind: 'CutoverError',
      message: `shop v2 is not signed by a key of \`verify\` (SHA-256 ${fingerprint(ours.pem)}…, ${fingerprint(former.pem)}…), but by another one`,
      hint: `Who signed it? If that was right, name the public key in \`apps.shop.verify\`, and run setup. Else sign it: ${sign}`,
    })
  })

  it('by the signature of another image', async () => {
    const registry = new SignedRegistry()
    registry.put(`manifests/${beside}.sig`, registry.blobOf(simplySigned(digest(1), ours.key)))
    registry.put(`referrers/${digest(2)}`, referrers(registry.byDigest(bundled(digest(1), ours.key))))
    expect(await failure(verify(registry))).toEqual(unsigned)
  })

  it('by an attestation, though it is ours', async () => {
    const registry = new SignedRegistry()
    registry.put(
      `referrers/${digest(2)}`,
      referrers(registry.byDigest(bundled(digest(2), ours.key, 'https://spdx.dev/Document'))),
    )
    expect(await failure(verify(registry))).toEqual(unsigned)
  })

  it('where a registry gives other bytes than those that a digest names', async () => {
    const registry = new SignedRegistry()
    const other = simplySigned(digest(2), ours.key)
    registry.put(`manifests/${beside}.sig`, registry.blobOf(other))
    for (const path of registry.paths.keys())
      if (path.startsWith('blobs/')) registry.put(path, Buffer.concat([other.blob, Buffer.from(' ')]))
    expect(await failure(verify(registry))).toEqual(unsigned)
  })

  it('where everything is nonsense', async () => {
    const registry = new SignedRegistry()
    registry.put(`manifests/${beside}.sig`, Buffer.from('<html>'))
    registry.put(`referrers/${digest(2)}`, { manifests: [null, 7, { digest: '../../etc' }, { digest: digest(3) }] })
    registry.put(`manifests/${beside}`, [])
    expect(await failure(verify(registry))).toEqual(unsigned)
  })
})

it('no more than the newest fifty are looked at', async () => {
  const registry = new SignedRegistry()
  const all = Array.from({ length: 60 }, () => registry.byDigest(bundled(digest(2), stranger.key)))
  registry.put(`referrers/${digest(2)}`, referrers(...all))
  expect((await failure(verify(registry))).message).toContain('but 50 times by others')
  expect(registry.asked.map((paths) => paths.length)).toEqual([3, 50, 50])
})

it.each([
  [5, 'the registry does not answer for the signature of x/shop:v2: nothing answers at x', 'CutoverError'],
  [6, 'the registry refused to say what the signature of x/shop:v2 is: nothing answers at x', 'CutoverError'],
  [127, 'shop is not set up on scripted', 'MissingError'],
])('a registry that does not answer is told from an image without a signature: %i', async (code, message, kind) => {
  const host = new TestHost(() => ({ code, stderr: 'nothing answers at x\nIs it up?\n' }))
  const told = await failure(verifySignature(host.host, appWith(), [ours.pem], target))
  expect(told).toMatchObject({ kind, message })
  expect(told.hint).toMatch(code === 127 ? /^Run setup first/ : /^Is it up\?\nThe running release is untouched\.$/)
})
