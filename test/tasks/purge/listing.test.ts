import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { type Found, look } from '../../../tasks/purge/found.ts'
import { keptLines, listing } from '../../../tasks/purge/listing.ts'

const foundOf = (stdout: string): Promise<Found> => look(new ScriptedHost(() => stdout).host, 'shop')
const all = `folders /opt/shop
files /opt/shop/app.env
files /opt/shop/releases.jsonl
backups /opt/shop/backups/shop-20261127t070038z.dump\t12M
foreign /opt/shop/notes.txt
pollers /etc/cron.d/cutover-shop
routes /opt/traefik/dynamic/shop.yaml
logs /var/log/cutover/shop-poller.log
running shop-green
running shop-postgres
stopped shop-blue
networks shop-backend
volumes shop-postgres\t48M
volumes shop-uploads
images x/shop@sha256:1
images x/shop@sha256:2
`

it('what is there is listed, the worst to lose first', async () => {
  expect(listing('web-1', await foundOf(all), false)).toMatchInlineSnapshot(`
    [
      "web-1:",
      "  data, which is kept (--data removes it): shop-postgres (48M), shop-uploads (?), /opt/shop/backups/shop-20261127t070038z.dump (12M)",
      "  serves now: /opt/traefik/dynamic/shop.yaml, shop-green, shop-postgres",
      "  settings, secrets and history: /opt/shop (2 files)",
      "  poller: /etc/cron.d/cutover-shop",
      "  can be made again: shop-blue, shop-backend, 2 images, 1 log",
      "  not Cutover's, and left alone: /opt/shop/notes.txt",
    ]
  `)
  expect(listing('web-1', await foundOf(all), true)[1]).toMatch(
    /^ {2}DATA, which nothing brings back: shop-postgres \(48M\)/,
  )
  expect(listing('web-1', await foundOf('stopped shop-blue'), true)).toEqual([
    'web-1:',
    '  can be made again: shop-blue',
  ])
})

it('what stays is said, with how it goes', async () => {
  expect(keptLines('web-1', 'shop', await foundOf('folders /opt/shop\n'))).toEqual([])
  expect(keptLines('web-1', 'shop', await foundOf('foreign /opt/shop/x\n'))).toEqual([
    'web-1: shop is gone, and this stays: /opt/shop/x',
  ])
  expect(keptLines('web-1', 'shop', await foundOf('volumes shop-postgres\t1M\n'))[0]).toMatch(
    /this stays: shop-postgres\. Its data goes with: .*purge(\.ts)? shop --data --limit web-1$/,
  )
})

it('a database in the server of another app is data, too', async () => {
  const found = await foundOf('databases shop in data-postgres\n')
  expect(listing('web-1', found, true)).toEqual(['web-1:', '  DATA, which nothing brings back: shop in data-postgres'])
  expect(keptLines('web-1', 'shop', found)[0]).toMatch(
    /this stays: shop in data-postgres\. Its data goes with: .*--data/,
  )
})
