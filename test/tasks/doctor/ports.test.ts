import { expect, it } from 'vitest'
import type { Running } from '../../../tasks/doctor/containers.ts'
import { ports } from '../../../tasks/doctor/ports.ts'
import { known, patient } from './patient.ts'

const https =
  'hosts: { a: {} }\nvars: { traefik: { email: a@example.org } }\napps: { shop: { image: ghcr.io/you/shop, access: { domain: shop.example.org } } }\n'
const found = (shown: string, containers: readonly Running[] = [], inventory?: string): string[] =>
  ports
    .find(shown, { ...patient(inventory), ...known, containers })
    .map(({ severity, subject = 'ports', text, hint = '' }) => `${severity} ${subject}: ${text} | ${hint}`)

const id = 'c0ffee'.repeat(11).slice(0, 64)
const proxy80 =
  'LISTEN 0      4096         0.0.0.0:80        0.0.0.0:*    users:(("docker-proxy",pid=731,fd=7))\nLISTEN 0      4096            [::]:80           [::]:*    users:(("docker-proxy",pid=738,fd=7))\n'
const nginx = `LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=813,fd=5),("nginx",pid=812,fd=5))
LISTEN 0      511          0.0.0.0:443       0.0.0.0:*    users:(("nginx",pid=813,fd=6),("nginx",pid=812,fd=6))
cgroup pid=813 0::/system.slice/nginx.service
`
const container = (more: Partial<Running> = {}): Running => ({
  id,
  name: 'web',
  image: 'nginx:1.27',
  ours: false,
  ports: [80],
  reachable: [],
  ...more,
})
const free = ["ok ports: 80, 20080, 20081, 20082: free, or Traefik's | "]

it('free ports', () => expect(found('')).toEqual(free))

it('our Traefik’s, by its published ports or on the host’s network', () => {
  expect(found(proxy80, [container({ name: 'traefik', ours: true })])).toEqual(free)
  const onHost = `LISTEN 0 4096 *:80 *:* users:(("traefik",pid=900,fd=8))\ncgroup pid=900 0::/system.slice/docker-${id}.scope\n`
  expect(found(onHost, [container({ name: 'traefik', ours: true, ports: [] })])).toEqual(free)
})

it('a program is named, with its process and its unit', () => {
  expect(found(nginx)).toEqual([
    'error port 80: nginx (process 813) has port 80, which Traefik needs | End it (sudo systemctl disable --now nginx.service), or let it listen on another port.',
  ])
  expect(found(nginx, [], https).map((line) => line.slice(0, 15))).toEqual(['error port 80: ', 'error port 443:'])
})

it('a container is named, however it has the port', () => {
  const said =
    'error port 80: the container web (nginx:1.27) has port 80, which Traefik needs | Stop it (docker stop web), or let it publish another port. It may become an app of Cutover instead.'
  expect(found(proxy80, [container()])).toEqual([said])
  // Docker without its proxy: nothing listens.
  expect(found('', [container()])).toEqual([said])
  // On the host's network, in control groups of version 1.
  expect(
    found(`LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=9,fd=5))\ncgroup pid=9 5:memory:/docker/${id}\n`, [
      container({ ports: [] }),
    ]),
  ).toEqual([said])
})

it('what cannot be named is said too', () => {
  expect(found(proxy80)).toEqual([
    'error port 80: a container has port 80, which Traefik needs | See which one: docker ps --filter publish=80. Stop it, or let it publish another port.',
  ])
  expect(found('LISTEN 0 64 0.0.0.0:80 0.0.0.0:*\n')).toEqual([
    'error port 80: a program has port 80, which Traefik needs | End it, or let it listen on another port.',
  ])
})

it.each([
  ['127.0.0.1:20080', true],
  ['0.0.0.0:20080', true],
  ['*:20080', true],
  ['192.0.2.1:20080', false],
  ['[::1]:20080', false],
  ['127.0.0.1:80', true],
  ['127.0.0.1:443', false],
])('%s is in the way of Traefik without a domain: %s', (address, isInTheWay) =>
  expect(found(`LISTEN 0 100 ${address} 0.0.0.0:* users:(("java",pid=5,fd=9))\n`)[0]?.startsWith('error')).toBe(
    isInTheWay,
  ),
)

it('our server of pages, which is no container, and somebody else’s program there', () => {
  const listens = 'LISTEN 0 9 127.0.0.1:20082 0.0.0.0:* users:(("busybox",pid=7,fd=3))\ncgroup pid=7 0::/system.slice/'
  expect(found(`${listens}cutover-pages.service\n`)).toEqual(free)
  expect(found(`${listens}other.service\n`)).toEqual([
    expect.stringContaining('busybox (process 7) has port 20082, which Traefik needs'),
  ])
})

it('our Traefik, where one of its several control groups names only Docker', () => {
  const shown = `LISTEN 0 4096 *:80 *:* users:(("traefik",pid=9,fd=8))\ncgroup pid=9 4:memory:/docker/${id}\ncgroup pid=9 0::/system.slice/docker.service\n`
  expect(found(shown, [container({ name: 'traefik', ours: true, ports: [] })])).toEqual(free)
})
