import { expect, it } from 'vitest'
import { parseInventory } from '../../../runner/index.ts'
import { databasePlaces } from '../../../tasks/app/database-places.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

const inventory = parseInventory(
  `hosts: { one: {}, two: {}, three: {} }
apps:
  shop: { image: x/shop, hosts: 'one,two', access: { domain: a.example.org }, database: { password: { env: X } } }
  blog: { image: x/blog, hosts: one, access: { domain: b.example.org } }
  wiki: { image: x/wiki, hosts: one, access: { domain: c.example.org }, secrets: { DATABASE_URL: { env: X } } }
  news: { image: x/news, hosts: one, access: { domain: d.example.org }, env: { DATABASE_URL: "postgresql://x" } }
vars: { traefik: { email: you@example.org } }
`,
  'inventory.yaml',
  settings,
  { topLevelKeys: topLevel },
)

it('a database of ours is on each host of its app', () => {
  expect(databasePlaces(inventory, 'shop', inventory.hosts).hosts.map(({ name }) => name)).toEqual(['one', 'two'])
})

it.each([
  ['blog', 'blog has no database'],
  ['wiki', "the database of wiki is not Cutover's: its DATABASE_URL names another server"],
  ['news', "the database of news is not Cutover's: its DATABASE_URL names another server"],
])('that of %s is told not to be ours', (app, message) => {
  expect(() => databasePlaces(inventory, app, inventory.hosts)).toThrow(message)
})
