import type { z } from 'zod'
import { parseInventory, type Playbook, runCli } from '../../runner/index.ts'
import type { Options } from '../../runner/play/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'

/** Three hosts and two apps: one everywhere without a domain, one on a single host with a domain and a database. */
export const example = `hosts:
  one: { address: one.example.org, user: deploy }
  two: { address: 192.0.2.2, user: root }
  three: { address: 192.0.2.3, user: root, vars: { firewall: { enabled: false }, docker: { live_restore: false } } }
vars:
  traefik: { email: you@example.org }
  registries: { ghcr.io: { username: you, password: { env: GHCR_TOKEN } } }
apps:
  blog: { image: ghcr.io/you/blog }
  shop-api:
    image: ghcr.io/you/shop
    hosts: one
    access: { domain: shop.example.org }
    database: { password: { env: SHOP_PASSWORD } }
`

/** Runs a playbook as a program on an inventory, without a host, and returns all that it prints, with its exit status. */
export async function printed<S extends z.ZodType, O extends Options>(
  book: Playbook<S, O>,
  argv: readonly string[],
  inventory = example,
): Promise<string> {
  let text = ''
  const status = await runCli(book, {
    argv,
    inventory: parseInventory(inventory, 'inventory.yaml', settings, { topLevelKeys: topLevel }),
    write: (more) => (text += more),
  })
  return `${text}(exit status ${status})`
}

/** What a playbook says of itself in its help text, without the options that every playbook has. */
export async function help<S extends z.ZodType, O extends Options>(book: Playbook<S, O>): Promise<string> {
  const text = await printed(book, ['--help'])
  return text.slice(text.indexOf('\n') + 1, text.indexOf('Options of every playbook')).trim()
}
