import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../../runner/index.ts'
import { appsOf, chooseApp, placesOf } from '../../../tasks/app/apps.ts'
import { perHost } from '../../../tasks/app/per-host.ts'
import { type Settings, settings, topLevel } from '../../../tasks/app/settings.ts'

const inventoryOf = (text: string): ReturnType<typeof parseInventory<typeof settings>> =>
  parseInventory(text, 'inventory.yaml', settings, { topLevelKeys: topLevel })

const inventory = inventoryOf(`hosts:
  one: { address: one.example.org }
  two: { address: 192.0.2.2 }
  here: { connection: local }
  known: { connection: local, address: 192.0.2.9 }
apps:
  blog: { image: x/blog }
  shop: { image: x/shop, hosts: 'one,two', access: { domain: shop.example.org } }
`)
const host = (name: string): (typeof inventory.hosts)[number] => {
  const [found] = inventory.select(name)
  if (!found) throw new Error(name)
  return found
}
const refusal = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    const { name, message, hint } = error as Error & { hint?: string }
    return { name, message, hint }
  }
}

describe('the apps of a host', () => {
  it.each([
    ['one', ['blog at one.example.org', 'shop at one.example.org']],
    ['two', ['blog at 192.0.2.2', 'shop at 192.0.2.2']],
    ['here', ['blog at localhost']],
    ['known', ['blog at 192.0.2.9']],
  ])('%s', (name, expected) => {
    expect(appsOf(inventory, host(name)).map(({ app }) => `${app.name} at ${app.address}`)).toEqual(expected)
  })

  it('are what the inventory says of them', () => {
    const [blog] = appsOf(inventory, host('one'))
    expect(blog?.name).toBe('blog')
    expect(blog?.settings.image).toBe('x/blog')
  })
})

describe('the keys that images of an app are verified with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
  writeFileSync(join(folder, 'cosign.pub'), pem)
  const signed = inventoryOf('hosts: { one: }\napps: { shop: { image: x/a, verify: { key: cosign.pub } } }\n')
  const at = (relative: string): string => join(folder, relative)

  it('are those of the app, for who releases it or sets it up', () => {
    expect(appsOf(signed, signed.hosts[0]!, at)[0]?.app.verify).toEqual([pem])
    expect(placesOf(signed, 'shop', signed.hosts, at).appOn({ name: 'one' }).verify).toEqual([pem])
  })

  it('are not read for others, to whom a key that is missing is nothing', () =>
    expect(placesOf(signed, 'shop', signed.hosts).appOn({ name: 'one' })).not.toHaveProperty('verify'))

  it('are none where none is named', () =>
    expect(appsOf(inventory, host('one'), at)[0]?.app).not.toHaveProperty('verify'))
})

describe('where an app runs', () => {
  it('is those of some hosts that it is for', () => {
    const places = placesOf(inventory, 'shop', inventory.hosts)
    expect(places.hosts.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(places.appOn({ name: 'two' })).toMatchObject({ name: 'shop', address: '192.0.2.2' })
    expect(refusal(() => places.appOn({ name: 'here' }))).toMatchObject({ message: 'shop does not run on here' })
  })

  it('is none of them', () => {
    expect(refusal(() => placesOf(inventory, 'shop', [host('here'), host('known')]))).toEqual({
      name: 'UsageError',
      message: 'shop runs on none of here, known',
      hint: 'See its `hosts` in the inventory, and --limit.',
    })
  })
})

describe('the app of a release', () => {
  const single = inventoryOf('hosts: { one: , two: }\napps: { shop: { image: x/a } }\n')
  it('is the named one, or the only one', () => {
    expect(chooseApp(inventory, 'blog')).toBe('blog')
    expect(chooseApp(single, undefined)).toBe('shop')
  })

  it.each([
    [inventory, undefined, '--app is missing: which app?', 'There are: blog, shop.'],
    [inventory, 'shpo', "no app is called 'shpo'", "Did you mean 'shop'? There are: blog, shop."],
    [
      inventoryOf('hosts: { one: }\n'),
      'shop',
      'inventory.yaml has no app',
      'Describe one under `apps:`, as inventory.example.yaml does.',
    ],
  ])('is not clear', (of, wanted, message, hint) => {
    expect(refusal(() => chooseApp(of, wanted))).toEqual({ name: 'UsageError', message, hint })
  })
})

describe('a value for each host', () => {
  it('is computed at once and kept', () => {
    const computed: string[] = []
    const valueOf = perHost<Settings, string>(inventory.hosts, ({ name }) => {
      computed.push(name)
      return name.toUpperCase()
    })
    expect(computed).toEqual(['one', 'two', 'here', 'known'])
    expect([valueOf({ name: 'two' }), valueOf({ name: 'two' })]).toEqual(['TWO', 'TWO'])
    expect(computed).toHaveLength(4)
  })

  it('is not there for another host', () => {
    expect(refusal(() => perHost([], () => 1)({ name: 'one' }))).toMatchObject({
      message: 'one is not a host of this run',
    })
  })
})
