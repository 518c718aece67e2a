import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import {
  keptRouteFile,
  maintenanceRoute,
  newReleaseHeader,
  parseRoute,
  routeFile,
  routeFor,
} from '../../../tasks/proxy/route.ts'

const app = (more: object): ReturnType<typeof toApp> =>
  toApp('shop', '192.0.2.1', appSettings.parse({ image: 'ghcr.io/you/shop', ...more }))

describe('the route of an app', () => {
  it('without a domain takes every request on port 80', () => {
    expect(routeFor(app({}), 'blue', 'abc')).toMatchInlineSnapshot(`
      "# Written by Cutover: where shop is served from. A release renames a new one into place.
      http:
        routers:
          shop:
            entryPoints: [web]
            rule: "PathPrefix(\`/\`)"
            priority: -1000
            service: shop-blue
            middlewares: [shop-slot, shop-retry]
        services:
          shop-blue:
            loadBalancer:
              serversTransport: shop
              servers:
                - url: "http://shop-blue:8000"
        serversTransports:
          # An app closes idle connections after its keep-alive (uvicorn: 5 s): Traefik lets go first, or a POST is lost.
          shop:
            forwardingTimeouts:
              idleConnTimeout: 3s
        middlewares:
          # While dockerd is away it resolves no container's name. A request that was not sent yet waits, 20 s in all, and is not lost.
          shop-retry:
            retry:
              attempts: 56
              initialInterval: 250ms
          shop-slot:
            headers:
              customResponseHeaders:
                X-Cutover: "abc"
      "
    `)
  })

  it('with a domain takes its requests on port 443, with the app’s own port and timeouts', () => {
    const settings = { access: { domain: 'shop.example.org' }, port: 3000 }
    const timeouts = { connect: 5, response: 20, keep_alive: 60 }
    expect(routeFor(app({ ...settings, timeouts }), 'green', 'abc')).toMatchInlineSnapshot(`
      "# Written by Cutover: where shop is served from. A release renames a new one into place.
      http:
        routers:
          shop:
            entryPoints: [websecure]
            rule: "Host(\`shop.example.org\`)"
            service: shop-green
            middlewares: [shop-slot, shop-retry]
            tls:
              certResolver: letsencrypt
          shop-redirect:
            entryPoints: [web]
            rule: "Host(\`shop.example.org\`)"
            service: shop-green
            middlewares: [shop-https]
        services:
          shop-green:
            loadBalancer:
              serversTransport: shop
              servers:
                - url: "http://shop-green:3000"
        serversTransports:
          # An app closes idle connections after its keep-alive (uvicorn: 5 s): Traefik lets go first, or a POST is lost.
          shop:
            forwardingTimeouts:
              idleConnTimeout: 60s
              dialTimeout: 5s
              responseHeaderTimeout: 20s
        middlewares:
          # While dockerd is away it resolves no container's name. A request that was not sent yet waits, 20 s in all, and is not lost.
          shop-retry:
            retry:
              attempts: 56
              initialInterval: 250ms
          shop-slot:
            headers:
              customResponseHeaders:
                X-Cutover: "abc"
          shop-https:
            redirectScheme:
              scheme: https
              permanent: true
      "
    `)
  })

  it('by several domains, below a path, with all that a proxy does', () => {
    const access = {
      domain: ['a.org', 'b.org'],
      path: '/shop',
      strip_path: true,
      redirect_from: ['www.a.org'],
      hsts: 60,
    }
    const proxy = {
      body_limit: '10m',
      compress: true,
      basic_auth: { alice: { env: 'ALICE' } },
      allow: ['10.0.0.0/8'],
      security_headers: true,
    }
    const { http } = parse(routeFor(app({ access, proxy }), 'blue', 'abc')) as {
      http: Record<string, Record<string, object>>
    }
    const rule = '(Host(`a.org`) || Host(`b.org`)) && (Path(`/shop`) || PathPrefix(`/shop/`))'
    const tls = { certResolver: 'letsencrypt', domains: [{ main: 'a.org', sans: ['b.org', 'www.a.org'] }] }
    const www = { rule: 'Host(`www.a.org`)', service: 'shop-blue', middlewares: ['shop.www'] }
    expect(http.routers).toEqual({
      shop: {
        entryPoints: ['websecure'],
        rule,
        service: 'shop-blue',
        middlewares: [
          ...['shop-slot', 'shop.headers', 'shop.allow', 'shop.users', 'shop.limit', 'shop.compress', 'shop.strip'],
          'shop-retry',
        ],
        tls,
      },
      'shop-redirect': { entryPoints: ['web'], rule, service: 'shop-blue', middlewares: ['shop-https'] },
      'shop.www': { entryPoints: ['websecure'], ...www, tls },
      'shop.www-http': { entryPoints: ['web'], ...www },
    })
    const others = Object.entries(http.middlewares ?? {}).filter(([name]) => name.includes('.'))
    expect(Object.fromEntries(others)).toEqual({
      'shop.www': {
        redirectRegex: { regex: '^[a-z]+://[^/]+(.*)$', replacement: 'https://a.org${1}', permanent: true },
      },
      'shop.headers': {
        headers: {
          stsSeconds: 60,
          contentTypeNosniff: true,
          customFrameOptionsValue: 'SAMEORIGIN',
          referrerPolicy: 'strict-origin-when-cross-origin',
        },
      },
      'shop.allow': { ipAllowList: { sourceRange: ['10.0.0.0/8'] } },
      'shop.limit': { buffering: { maxRequestBodyBytes: 10_485_760 } },
      'shop.compress': { compress: { excludedContentTypes: ['text/event-stream'] } },
      'shop.strip': { stripPrefix: { prefixes: ['/shop'] } },
    })
  })

  it.each<[string, object, string[], object | undefined]>([
    ['off', { https: 'off' }, ['web'], undefined],
    ['internal', { https: 'internal' }, ['websecure'], {}],
    ['from files', { https: { certificate: 'c', key: { env: 'K' } } }, ['websecure'], {}],
  ])('with https %s', (_, more, entryPoints, tls) => {
    const access = { domain: 'shop.home.local', redirect_from: ['shop.local'], ...more }
    const { http } = parse(routeFor(app({ access }), 'blue', 'abc')) as {
      http: { routers: Record<string, { tls?: object }>; middlewares: Record<string, { redirectRegex: object }> }
    }
    expect(http.routers.shop).toMatchObject({ entryPoints, rule: 'Host(`shop.home.local`)' })
    expect(http.routers.shop?.tls).toEqual(tls)
    expect(Object.keys(http.routers)).toEqual(
      tls ? ['shop', 'shop-redirect', 'shop.www-http', 'shop.www'] : ['shop', 'shop.www-http'],
    )
    expect(http.middlewares['shop.www']?.redirectRegex).toMatchObject({
      replacement: `${tls ? 'https' : 'http'}://shop.home.local\${1}`,
    })
  })

  it('tells the slot that it leads to', () => {
    expect(parseRoute('shop', routeFor(app({}), 'blue', 'abc'))).toBe('blue')
    expect(parseRoute('shop', routeFor(app({}), 'green', 'abc'))).toBe('green')
    expect(parseRoute('other', routeFor(app({}), 'green', 'abc'))).toBeNull()
    expect(parseRoute('shop', '# service: shop-blue\n')).toBeNull()
    expect(parseRoute('shop', '')).toBeNull()
    expect(parseRoute('shop', null)).toBeNull()
  })

  it('lies where Traefik reads it, and an old one beside the app', () => {
    expect([routeFile('shop'), keptRouteFile('shop')]).toEqual([
      '/opt/traefik/dynamic/shop.yaml',
      '/opt/shop/route.before',
    ])
  })

  it('marks each release with another value', () => {
    expect(newReleaseHeader()).toMatch(/^[0-9a-f]{16}$/)
    expect(newReleaseHeader()).not.toBe(newReleaseHeader())
  })
})

describe('the route of an app in maintenance', () => {
  it('has no server, so that Traefik answers 503, and names what serves otherwise', () => {
    const text = maintenanceRoute(app({}), 'green')
    expect(text).toMatchInlineSnapshot(`
      "# Written by Cutover: shop is in maintenance. What serves it gets its route again afterwards.
      # before: shop-green
      http:
        routers:
          shop:
            entryPoints: [web]
            rule: "PathPrefix(\`/\`)"
            priority: -1000
            service: shop-maintenance
            middlewares: [shop-later, shop-page]
        services:
          # Without a server, Traefik answers 503.
          shop-maintenance:
            loadBalancer:
              servers: []
          shop-pages:
            loadBalancer:
              servers:
                - url: http://127.0.0.1:20082
        middlewares:
          shop-later:
            headers:
              customResponseHeaders:
                Retry-After: "60"
          shop-page:
            errors:
              status: ["503"]
              service: shop-pages
              query: /503.html
      "
    `)
    expect(parseRoute('shop', text)).toBe('green')
    expect(parseRoute('shop', maintenanceRoute(app({}), null))).toBeNull()
  })

  it('holds for HTTPS, too', () => {
    const text = maintenanceRoute(app({ access: { domain: 'shop.example.org' } }), 'blue')
    expect(text).toContain('entryPoints: [websecure]')
    expect(text).toContain('tls: {"certResolver":"letsencrypt"}')
    expect(text).toContain('shop-redirect:')
  })
})
