import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { longest, timeouts } from '../../../tasks/app/timeouts.ts'
import { routeFor } from '../../../tasks/proxy/route.ts'
import { traefikConfiguration } from '../../../tasks/proxy/traefik.ts'

const of = (more: object): ReturnType<typeof timeouts.parse> => timeouts.parse(more)

describe('the timeouts of a port', () => {
  it.each([
    ['no app: the defaults', [], { read: 600, write: 0, idle: 180 }],
    [
      'the longest of each',
      [of({ read: 30, idle: 500 }), of({ read: 60, write: 90 })],
      { read: 60, write: 0, idle: 500 },
    ],
    ['no limit is the longest', [of({ read: 0 }), of({ read: 900 })], { read: 0, write: 0, idle: 180 }],
    [
      'a limit that all want',
      [of({ read: 30, write: 60 }), of({ read: 30, write: 90 })],
      { read: 30, write: 90, idle: 180 },
    ],
    [
      'a write that would cut another’s upload is none',
      [of({ read: 30, write: 30 }), of({ read: 900, write: 1000 }), of({ read: 2000, write: 2000 })],
      { read: 2000, write: 2000, idle: 180 },
    ],
  ])('%s', (_, all, expected) => expect(longest(all)).toEqual(expected))
})

const port = (
  image: string,
  https = true,
): Record<string, { transport?: unknown; http?: { encodedCharacters: Record<string, boolean> } }> =>
  (
    parse(
      traefikConfiguration({
        image,
        https,
        acme: { email: 'a@example.org' },
        timeouts: { read: 7, write: 0, idle: 9 },
      }),
    ) as {
      entryPoints: ReturnType<typeof port>
    }
  ).entryPoints

it('Traefik’s ports have them, 443 as 80', () => {
  const { web, websecure } = port('traefik:v3.7.15')
  expect(web?.transport).toEqual({
    keepAliveMaxTime: '10s',
    lifeCycle: { graceTimeOut: '30s' },
    respondingTimeouts: { readTimeout: '7s', writeTimeout: '0s', idleTimeout: '9s' },
  })
  expect(websecure?.transport).toEqual(web?.transport)
  expect(web?.http).toBeUndefined()
  expect(Object.keys(port('traefik:v3.7.15', false))).toEqual(['traefik', 'web'])
})

it.each([
  ['traefik:v3.6.3', false],
  ['traefik:v3.6.4', true],
  ['registry.lab:5000/traefik:3.6.6', true],
  ['traefik:v3.6.7', false],
  ['traefik:v3.7.4', false],
  ['traefik:v3.6', false],
])('%s is told to let encoded characters through: %s', (image, told) => {
  const { web, websecure } = port(image)
  expect(web?.http?.encodedCharacters.allowEncodedSlash ?? false).toBe(told)
  expect(websecure?.http).toEqual(web?.http)
})

describe('an app’s own', () => {
  const transport = (more: object): unknown => {
    const app = toApp('shop', '10.0.0.1', appSettings.parse({ image: 'x/y', timeouts: more }))
    const route = parse(routeFor(app, 'blue', 'mark')) as {
      http: { serversTransports: { shop: { forwardingTimeouts: unknown } } }
    }
    return route.http.serversTransports.shop.forwardingTimeouts
  }
  it('stand in its route where they are not Traefik’s', () => {
    expect(transport({})).toEqual({ idleConnTimeout: '3s' })
    expect(transport({ connect: 2, response: 20, keep_alive: 60 })).toEqual({
      idleConnTimeout: '60s',
      dialTimeout: '2s',
      responseHeaderTimeout: '20s',
    })
  })
})
