import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { canaryIn, type CanaryNote } from '../../../tasks/proxy/canary-note.ts'
import { canaryRoute } from '../../../tasks/proxy/canary-route.ts'
import { parseRoute, routeFor } from '../../../tasks/proxy/route.ts'
import { appWith } from '../blue-green/builders.ts'

const note: CanaryNote = { slot: 'green', share: 10, since: '2026-05-04T03:02:01Z', seconds: 300, who: 'ada "the" ops' }
const access = { domain: 'shop.example', redirect_from: ['www.shop.example'], https: 'letsencrypt' }
const textFor = (more: Record<string, unknown> = {}, canary: Partial<Parameters<typeof canaryRoute>[0]> = {}): string =>
  canaryRoute({
    app: 'shop',
    live: 'blue',
    route: routeFor(appWith({ ...more, proxy: { compress: true } }), 'blue', 'mark of blue', '172.18.255.254'),
    next: routeFor(appWith({ port: 9000, proxy: { body_limit: '1m' } }), 'green', 'mark of green', '172.18.255.253'),
    note,
    ...canary,
  })
const http = (text: string): Record<string, Record<string, Record<string, unknown>>> =>
  (parse(text) as { http: Record<string, Record<string, Record<string, unknown>>> }).http

describe('the route of a canary', () => {
  it('gives the new slot its share, and the rest to the one that serves', () => {
    expect(http(textFor()).services).toEqual({
      'shop.canary': {
        weighted: {
          services: [
            { name: 'shop-blue', weight: 9000 },
            { name: 'shop-green', weight: 1000 },
          ],
        },
      },
      'shop-blue': {
        loadBalancer: { serversTransport: 'shop', servers: [{ url: 'http://172.18.255.254:8000' }] },
      },
      'shop-green': {
        loadBalancer: { serversTransport: 'shop', servers: [{ url: 'http://172.18.255.253:9000' }] },
      },
    })
  })

  it('is else that of the slot that serves, without a release header, for both would have the same', () => {
    const own = http(routeFor(appWith({ proxy: { compress: true } }), 'blue', 'mark', '172.18.255.254'))
    const { routers, middlewares, serversTransports } = http(textFor())
    expect(routers?.shop).toEqual({
      ...own.routers?.shop,
      service: 'shop.canary',
      middlewares: ['shop.compress', 'shop-retry'],
    })
    expect(Object.keys(middlewares ?? {})).toEqual(Object.keys(own.middlewares ?? {}))
    expect(serversTransports).toEqual(own.serversTransports)
  })

  it('leads there from all its routers', () => {
    const { routers } = http(textFor({ access }))
    expect(Object.values(routers ?? {}).map(({ service }) => service)).toEqual(Array(4).fill('shop.canary'))
  })

  it('can share less than a per cent', () => {
    const { services } = http(textFor({}, { note: { ...note, share: 0.25 } }))
    expect(services?.['shop.canary']).toMatchObject({ weighted: { services: [{ weight: 9975 }, { weight: 25 }] } })
  })

  it('keeps a visitor by a cookie, if that is asked for', () => {
    const { services } = http(textFor({}, { cookie: { name: '_abc', secure: true } }))
    expect(services?.['shop.canary']).toMatchObject({
      weighted: { sticky: { cookie: { name: '_abc', httpOnly: true, secure: true, sameSite: 'lax' } } },
    })
  })

  it('names the slot that serves as the live one, and says what it is about', () => {
    const text = textFor()
    expect(parseRoute('shop', text)).toBe('blue')
    expect(canaryIn(text)).toEqual(note)
    const back = textFor({}, { live: 'green', note: { ...note, slot: 'blue' }, ...swapped })
    expect(parseRoute('shop', back)).toBe('green')
  })

  it.each([
    ['no route', ''],
    ['another one', 'http:\n  routers:\n    shop:\n      service: shop-blue\n'],
  ])('is not made of %s', (_, route) => {
    expect(() => textFor({}, { route })).toThrow('the route of shop-blue is not one that a canary can share')
    expect(() => textFor({}, { next: route })).toThrow('is not one that a canary can share')
  })
})

const swapped = {
  route: routeFor(appWith(), 'green', 'mark', '172.18.255.253'),
  next: routeFor(appWith(), 'blue', 'mark', '172.18.255.254'),
}

it.each([
  ['no file', null],
  ['the route of a slot', swapped.route],
  ['a damaged one', '# canary: {"slot"\n'],
])('%s is no canary', (_, text) => {
  expect(canaryIn(text)).toBeNull()
})
