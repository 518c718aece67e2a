import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { images } from './images.ts'
import type { Lab } from './lab.ts'

const registry = 'registry.lab:5000'

/** Writes the inventory of a lab, as an operator would write it for these hosts. */
export function writeInventory(lab: Lab): void {
  const inventory = {
    defaults: { user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts' },
    hosts: Object.fromEntries(lab.hosts.map(({ name, address }) => [name, { address }])),
    vars: {
      docker: { ...lab.docker },
      registries: { [registry]: { ca: 'ca.crt' } },
      traefik: { image: `${registry}/${images.traefik}` },
      postgres: { image: `${registry}/${images.postgres}` },
      runtime: { image: `${registry}/${images.node}` },
    },
    apps: {
      shop: {
        image: `${registry}/${images.app}`,
        follow: 'latest',
        poll: 1,
        migrate: ['alembic', 'upgrade', 'head'],
        env: { ENVIRONMENT: 'production', LOG_LEVEL: 'WARNING' },
        secrets: { SECRET_KEY: { env: 'SHOP_SECRET_KEY' } },
        database: { password: { env: 'SHOP_DATABASE_PASSWORD' } },
        health: { interval: 2, timeout: 40 },
        bake: 4,
        drain: 35,
        // Tests and benchmarks look at slots that have stopped; those of the standby ask for it.
        standby: 0,
      },
    },
  }
  writeFileSync(lab.inventory, stringify(inventory))
}
