import { expect, it } from 'vitest'
import { patient } from './patient.ts'

it('a host is examined with the addresses of all hosts of its apps, each once', () => {
  const inventory = `hosts: { a: { address: 192.0.2.1 }, b: { address: 192.0.2.2 }, c: { address: 192.0.2.3 } }
vars: { traefik: { email: a@example.org } }
apps:
  shop: { image: ghcr.io/you/shop, hosts: 'a,b', access: { domain: shop.example.org } }
  blog: { image: ghcr.io/you/blog, hosts: c }
`
  expect(patient(inventory)).toMatchObject({
    https: true,
    addresses: ['192.0.2.1', '192.0.2.2'],
    onlyNewNames: false,
    apps: [{ name: 'shop' }],
  })
})
