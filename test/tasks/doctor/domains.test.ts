import { expect, it } from 'vitest'
import { domains } from '../../../tasks/doctor/domains.ts'
import { known, lines, patient } from './patient.ts'

const inventory = `hosts: { a: { address: one.example.org }, b: { address: 203.0.113.8 } }
vars: { traefik: { email: a@example.org } }
apps:
  shop: { image: ghcr.io/you/shop, access: { domain: shop.example.org } }
  blog: { image: ghcr.io/you/blog }
`
const found = (shown: string): string[] =>
  lines(domains.find(shown, { ...patient(inventory), ...known })).map((line) => line.replace(/ \| .*/s, ''))

it('the record that a domain needs is told as far as it is known', () => {
  const hint = (here: string): string | undefined =>
    domains.find(`here ${here}\ndomain shop.example.org \n`, { ...patient(inventory), ...known })[0]?.hint
  expect(hint('203.0.113.7 10.0.0.2')).toContain('Give it an A or AAAA record with 203.0.113.7 before you deploy.')
  expect(hint('203.0.113.7 203.0.113.7')).toContain('record with 203.0.113.7 before')
  expect(hint('10.0.0.2')).toContain('Give it an A or AAAA record with 10.0.0.2 before you deploy.')
  expect(hint('')).toContain('Give it an A or AAAA record with the address of this host before you deploy.')
})

it('is told in the order of the inventory, whichever answer came first', () => {
  const two = `hosts: { a: { address: one.example.org } }
vars: { traefik: { email: a@example.org } }
apps: { shop: { image: x/shop, access: { domain: [shop.example.org, shop.example.com] } } }
`
  const shown = 'here 203.0.113.7\ndomain shop.example.com \ndomain shop.example.org \n'
  expect(lines(domains.find(shown, { ...patient(two), ...known })).map((line) => line.split(' ')[1])).toEqual([
    'shop.example.org',
    'shop.example.com',
  ])
})

it('is asked by the host, with the addresses of all hosts of the app, and by setup only if it is not routed yet', () => {
  const script = (onlyNewNames: boolean): string => domains.script?.(patient(inventory, { onlyNewNames })) ?? ''
  expect(script(false)).toContain('203.0.113.8 $(addresses one.example.org)"\n')
  expect(script(false)).toContain('\neach shop.example.org &\nwait')
  expect(script(true)).toContain(
    '\ngrep -qsF -e shop.example.org -- /opt/traefik/dynamic/shop.yaml || each shop.example.org &\n',
  )
  expect(domains.script?.(patient())).toBe('')
})

it.each([
  ['here 203.0.113.7\ndomain shop.example.org 203.0.113.7 \n', 'ok: shop.example.org leads here (203.0.113.7)'],
  [
    'here 203.0.113.7 2001:db8::7\ndomain shop.example.org 2001:db8::7 203.0.113.7 \n',
    'ok: shop.example.org leads here (2001:db8::7, 203.0.113.7)',
  ],
  ['here 203.0.113.7\ndomain shop.example.org \n', 'warning: shop.example.org does not resolve'],
  ['here 203.0.113.7\ndomain shop.example.org\n', 'warning: shop.example.org does not resolve'],
  [
    'here 203.0.113.7 10.0.0.2\ndomain shop.example.org 198.51.100.9 \n',
    'warning: shop.example.org leads to 198.51.100.9, and not to this host (203.0.113.7)',
  ],
  [
    'here 203.0.113.7\ndomain shop.example.org 2001:db8::9 203.0.113.7 \n',
    'warning: shop.example.org leads to 2001:db8::9, and not only to this host (203.0.113.7)',
  ],
  [
    'here 192.168.1.20 172.17.0.1\ndomain shop.example.org 203.0.113.9 \n',
    'note: shop.example.org leads to 203.0.113.9, and this host has only private addresses',
  ],
  [
    'here 192.168.1.20\ndomain shop.home.local 192.168.1.30 \n',
    'warning: shop.home.local leads to 192.168.1.30, and not to this host (192.168.1.20)',
  ],
])('%j', (shown, line) => expect(found(shown)).toEqual([line]))
