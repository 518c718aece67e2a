import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { registry as registryImage } from '../../lab/base-images.ts'
import { docker, findEngine } from '../../lab/engine.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { putEmptyImage, type Registry, sign } from '../../lab/registry.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { appSettings, toApp } from '../../tasks/app/settings.ts'
import { resolveTag } from '../../tasks/blue-green/resolve.ts'

const folder = join(import.meta.dirname, '../../templates/host')
const server = `cutover-signatures-${process.pid}`

/** A registry that keeps what cosign leaves in it, and a host that asks it as a release does. */
describe.skipIf(!inject('lab'))('a signature in a registry', () => {
  let there: ThrowAway
  let registry: Registry
  const pair = (): { key: KeyObject; pem: string } => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { key: privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  }
  const [ours, stranger] = [pair(), pair()]
  const app = {
    ...toApp('shop', 'localhost', appSettings.parse({ image: 'localhost:5000/you/shop' })),
    verify: [ours.pem],
  }
  const repository = 'you/shop'
  const resolve = (tag: string): ReturnType<typeof resolveTag> => resolveTag(there.host, app, tag)

  beforeAll(async () => {
    await findEngine()
    await ensureImage(registryImage, () => undefined)
    await docker(['network', 'create', server])
    there = await throwAway({ run: ['--network', server, '--publish', '127.0.0.1::5000'] })
    await there.host.$`apt-get install -qy --no-download --no-install-recommends curl && mkdir -p /opt/cutover`
    for (const name of readdirSync(folder))
      await there.host.write(`/opt/cutover/${name}`, readFileSync(join(folder, name), 'utf8'), { mode: '755' })
    await docker([
      ...['run', '--detach', '--rm', '--name', server, '--network', `container:${there.host.name}`],
      tagOf(registryImage),
    ])
    const [address = ''] = (await docker(['port', there.host.name, '5000/tcp'])).split('\n')
    registry = { registry: address }
    await there.host.$`curl -fsS --retry 60 --retry-delay 1 --retry-connrefused http://localhost:5000/v2/`
  })
  afterAll(async () => {
    await docker(['rm', '--force', server])
    await there?.close()
    await docker(['network', 'rm', server])
  })

  it.each(['simply', 'in a bundle'] as const)('made %s is found, and its image may be released', async (how) => {
    const tag = how.replaceAll(' ', '-')
    const digest = await putEmptyImage(registry, repository, tag)
    await sign(registry, { repository, tag }, how, ours.key)
    expect(await resolve(tag)).toEqual({ tag, digest })
  })

  it('is none before somebody has signed, and is looked for anew each time', async () => {
    const tag = 'unsigned'
    const digest = await putEmptyImage(registry, repository, tag)
    await expect(resolve(tag)).rejects.toThrow(`the registry has no signature of localhost:5000/you/shop@${digest}`)
    await sign(registry, { repository, tag }, 'simply', ours.key)
    expect(await resolve(tag)).toEqual({ tag, digest })
  })

  it.each(['simply', 'in a bundle'] as const)('made %s by a stranger is none of ours', async (how) => {
    const tag = `foreign-${how.replaceAll(' ', '-')}`
    await putEmptyImage(registry, repository, tag)
    await sign(registry, { repository, tag }, how, stranger.key)
    await expect(resolve(tag)).rejects.toThrow(
      /^shop .+ is not signed by a key of `verify` \(SHA-256 .+…\), but by another one$/,
    )
  })
})
