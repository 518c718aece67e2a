import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../../runner/index.ts'
import { appsOf } from '../../../tasks/app/apps.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

/** An inventory of two hosts, with apps by their lines of `hosts` and `database`. */
function inventoryOf(apps: Record<string, string>): ReturnType<typeof parseInventory<typeof settings>> {
  const text = Object.entries(apps)
    .map(([name, lines]) => `  ${name}:\n    image: x/${name}\n    access: { path: /${name} }\n    ${lines}\n`)
    .join('')
  return parseInventory(`hosts: { one:, two: }\napps:\n${text}`, 'inventory.yaml', settings, {
    topLevelKeys: topLevel,
  })
}

/** What is refused of such apps. */
function refused(apps: Record<string, string>): { message: string; hint?: string } | null {
  try {
    const inventory = inventoryOf(apps)
    for (const host of inventory.hosts) appsOf(inventory, host)
    return null
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string }
    return { message, hint }
  }
}

const shop = 'database: { password: { env: A } }'
const blog = 'database: { server: shop, password: { env: B } }'

describe('a database in the server of another app', () => {
  it('is known to its release', () => {
    const inventory = inventoryOf({ blog, 'my-wiki': blog.replace('server', 'name: w, server'), shop })
    const [host] = inventory.hosts
    expect(host && appsOf(inventory, host).map(({ app }) => [app.name, app.backend, app.shared])).toEqual([
      ['blog', true, { server: 'shop', database: 'blog', user: 'blog' }],
      ['my-wiki', true, { server: 'shop', database: 'w', user: 'my_wiki' }],
      ['shop', true, undefined],
    ])
  })

  it('may be on some hosts of that app', () => {
    expect(refused({ shop, blog: `hosts: one\n    ${blog}` })).toBeNull()
  })

  it.each([
    [
      { shop, blog: 'database: { server: shpo, password: { env: B } }' },
      "inventory.yaml:10:17: no app is called 'shpo', in whose PostgreSQL blog is to have its database",
      /^did you mean .*shop/i,
    ],
    [
      { shop: `hosts: one\n    ${shop}`, blog },
      'inventory.yaml:11:17: shop does not run on two, where blog is to use its PostgreSQL',
      /same hosts/,
    ],
    [
      { shop: 'port: 1', blog },
      '10:17: shop has no PostgreSQL that blog could use: its `database` is false',
      /Give shop/,
    ],
    [
      { shop: 'secrets: { DATABASE_URL: { env: X } }', blog },
      '10:17: shop has no PostgreSQL that blog could use: its DATABASE_URL names another server',
      /Give blog its own DATABASE_URL/,
    ],
    [
      { shop, blog, wiki: blog.replace('shop', 'blog') },
      'inventory.yaml:14:17: blog has no PostgreSQL of its own, which wiki could use',
      /Name that: server: shop/,
    ],
    [{ shop: blog }, '6:17: shop cannot be the server of its own database', /Without `server`/],
    [
      { shop, blog: blog.replace('server', 'name: shop, server') },
      'blog and shop have the database shop in one server',
      /name: NAME/,
    ],
    [
      { shop, blog: blog.replace('server', 'user: shop, server') },
      'blog and shop have the user shop in one server',
      /user: NAME/,
    ],
    [
      { shop, blog: blog.replace('server', 'name: same, server'), wiki: blog.replace('server', 'name: same, server') },
      'blog and wiki have the database same in one server',
      /name: NAME/,
    ],
    [
      {
        shop: shop.replace('password', `name: ${'a'.repeat(36)}_1, password`),
        blog: blog.replace('server', `name: ${'a'.repeat(36)}_2, server`),
      },
      `blog and shop have the database ${'a'.repeat(36)}_2 in one server`,
      /differ within 36 characters/,
    ],
    [
      { shop, blog: blog.replace('server', 'name: postgres, server') },
      "the database postgres is PostgreSQL's own",
      /name/,
    ],
    [{ shop, blog: blog.replace('server', 'user: pg_x, server') }, "the user pg_x is PostgreSQL's own", /user/],
  ])('is refused: %j', (apps, message, hint) => {
    const found = refused(apps)
    expect(found?.message).toContain(message)
    expect(found?.message).toMatch(/^inventory\.yaml:\d+:\d+: /)
    expect(found?.hint).toMatch(hint)
  })

  it('has no parameters of its own', () => {
    const found = refused({ shop, blog: blog.replace('server', 'parameters: { work_mem: 8MB }, server') })
    expect(found?.message).toMatch(/inventory\.yaml:10:\d+.*parameters belong to a server/s)
  })

  it('may have the names that an app of another server has', () => {
    const wiki = 'database: { name: blog, user: blog, password: { env: C } }'
    expect(refused({ shop, blog, wiki })).toBeNull()
  })
})
