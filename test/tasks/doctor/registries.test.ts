import { describe, expect, it } from 'vitest'
import { registries, registryOf } from '../../../tasks/doctor/registries.ts'
import { known, lines, patient } from './patient.ts'

it.each([
  ['traefik:v3.7.15', 'docker.io'],
  ['you/shop', 'docker.io'],
  ['docker.io/you/shop', 'docker.io'],
  ['index.docker.io/you/shop', 'docker.io'],
  ['ghcr.io/you/shop', 'ghcr.io'],
  ['registry.lab:5000/shop:v1', 'registry.lab:5000'],
  ['localhost/shop', 'localhost'],
])('the registry of %s is %s', (image, name) => expect(registryOf(image)).toBe(name))

const inventory = `hosts: { a: {} }
vars: { registries: { own.example.org: { ca: ca.crt } } }
apps:
  shop: { image: ghcr.io/you/shop, access: local }
`
const asked = (onlyNewNames: boolean): string[] =>
  registries
    .script?.(patient(inventory, { onlyNewNames }))
    .split('\n')
    .filter((line) => line.endsWith(' &')) ?? []

it('each registry is asked once, and by setup only if its images are new here', () => {
  expect(asked(false)).toEqual(['each docker.io &', 'each ghcr.io &'])
  expect(asked(true)).toEqual([
    '[ -e /opt/cutover/runtime ] || each docker.io &',
    '[ -e /opt/shop/.cutover ] || each ghcr.io &',
  ])
})

describe('what curl says', () => {
  it.each([
    ['ghcr.io reached', 'ok: ghcr.io answers'],
    // It speaks no TLS, or wants a certificate: there is an answer, and a pull says what it makes of it.
    ['ghcr.io 35 curl: (35) TLS connect error: wrong version number', 'ok: ghcr.io answers'],
    ['ghcr.io 6', 'warning: ghcr.io: its name does not resolve on the host'],
    ['ghcr.io 6 curl: (6) Could not resolve host: ghcr.io', 'warning: ghcr.io: its name does not resolve on the host'],
    ['ghcr.io:5000 7 curl: (7) Failed to connect to ghcr.io port 5000', 'warning: ghcr.io:5000: nothing answers there'],
    ['ghcr.io 28 curl: (28) Connection timed out', 'warning: ghcr.io: it does not answer in time'],
    [
      'ghcr.io 5 curl: (5) Could not resolve proxy: p',
      'warning: ghcr.io: the proxy of dockerd does not let the host through',
    ],
    [
      'ghcr.io 56 curl: (56) CONNECT tunnel failed, response 407',
      'warning: ghcr.io: the proxy of dockerd does not let the host through',
    ],
    ['ghcr.io 56 curl: (56) Recv failure: Connection reset by peer', 'ok: ghcr.io answers'],
    ['ghcr.io 60 curl: (60) SSL certificate problem: self-signed', 'warning: ghcr.io: its certificate is not trusted'],
    // Setup is about to bring its CA.
    ['own.example.org 60 curl: (60) SSL certificate problem', 'ok: own.example.org answers'],
  ])('%s', (shown, line) =>
    expect(
      lines(registries.find(`${shown}\n`, { ...patient(inventory), ...known })).map((each) =>
        each.replace(/ \| .*/s, ''),
      ),
    ).toEqual([line]),
  )

  it('is shown below what to do', () => {
    expect(registries.find('ghcr.io 7 curl: (7) Failed\n', { ...patient(inventory), ...known })[0]?.hint).toBe(
      'Is it up, and may the host reach it (firewall, proxy)?\ncurl: (7) Failed',
    )
  })
})
