import { describe, expect, it } from 'vitest'
import { explain, parseInventory } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/index.ts'
import { inventoryText } from '../../tools/init.ts'

const none = {
  inventory: 'inventory.yaml',
  host: [] as string[],
  user: undefined,
  app: undefined,
  image: undefined,
  domain: undefined,
  email: undefined,
  database: false,
  help: false,
}

describe('the inventory that init writes', () => {
  it('is the least that an app on a local network needs', () => {
    const text = inventoryText({ ...none, host: ['192.168.1.20'], image: 'registry.example.org/you/shop' })
    expect(text).toMatchInlineSnapshot(`
      "# Written by cutover init. Every key is explained in inventory.example.yaml.
      hosts:
        server-1: { address: "192.168.1.20" }
      apps:
        shop:
          image: "registry.example.org/you/shop"
          access: local
          # secrets: { SECRET_KEY: { env: SHOP_SECRET_KEY } }
      "
    `)
    expect(parseInventory(text, 'i.yaml', settings, { topLevelKeys: topLevel }).hosts).toHaveLength(1)
  })

  it('has all that was asked for, and is valid', () => {
    const text = inventoryText({
      ...none,
      host: ['203.0.113.1', '203.0.113.2'],
      user: 'deploy',
      app: 'my-shop',
      image: 'registry.example.org/you/shop',
      domain: 'shop.example.org',
      email: 'you@example.org',
      database: true,
    })
    expect(text).toMatchInlineSnapshot(`
      "# Written by cutover init. Every key is explained in inventory.example.yaml.
      defaults: { user: "deploy" }
      hosts:
        server-1: { address: "203.0.113.1" }
        server-2: { address: "203.0.113.2" }
      vars:
        traefik: { email: "you@example.org" }
      apps:
        my-shop:
          image: "registry.example.org/you/shop"
          access: { domain: "shop.example.org" }
          database: { password: { env: MY_SHOP_DATABASE_PASSWORD } }
          # secrets: { SECRET_KEY: { env: SHOP_SECRET_KEY } }
      "
    `)
    const { hosts } = parseInventory(text, 'i.yaml', settings, { topLevelKeys: topLevel })
    expect(hosts.map(({ name, target }) => [name, target.address, target.user])).toEqual([
      ['server-1', '203.0.113.1', 'deploy'],
      ['server-2', '203.0.113.2', 'deploy'],
    ])
  })

  it.each([
    [{ ...none, image: 'x/shop' }, ['a server is missing', 'Name its address: --host 192.168.1.20']],
    [{ ...none, host: ['a'] }, ['the image of the app is missing', 'Name it: --image registry.example.org/you/shop']],
  ])('is not written while something is missing (%#)', (wanted, lines) => {
    let error: unknown
    try {
      inventoryText(wanted)
    } catch (thrown) {
      error = thrown
    }
    expect(explain(error)).toEqual(lines)
  })
})
