import { describe, expect, it } from 'vitest'
import { httpsOfHost } from '../../../tasks/app/https.ts'
import { appSettings, settings } from '../../../tasks/app/settings.ts'

type Apps = Parameters<typeof httpsOfHost>[0]

const app = (name: string, access: unknown): Apps[number] => ({
  name,
  settings: appSettings.parse({ image: 'x/y', access }),
})
const local = app('local', 'local')
const shop = app('shop', { domain: 'shop.example.org' })
const blog = app('blog', { domain: 'blog.example.org' })
const plain = app('plain', { domain: 'plain.home.local', https: 'off' })
const inside = app('inside', { domain: 'inside.home.local', https: 'internal' })
const own = app('own', {
  domain: 'own.example.org',
  https: { certificate: 'own.crt', key: { file: 'own.key' } },
})
const traefikOf = (given: object): Parameters<typeof httpsOfHost>[1] => settings.parse({ traefik: given }).traefik
const email = { email: 'a@b.org' }

describe('HTTPS', () => {
  it.each<[string, Apps, object, [served: boolean, acme: boolean]]>([
    ['not served without an app', [], {}, [false, false]],
    ['not served without an app, whatever the e-mail address', [], email, [false, false]],
    ['not served for an app that answers by IP', [local], {}, [false, false]],
    ['not served for one, whatever the e-mail address', [local], email, [false, false]],
    ['not served for a domain whose https is off', [plain], email, [false, false]],
    ['served for an app with a domain', [shop], email, [true, true]],
    ['served if one of several apps has a domain', [local, shop, blog], email, [true, true]],
    ['served without ACME for certificates of your own', [inside, own], {}, [true, false]],
    ['served with the resolver that a live route may still name', [inside], email, [true, true]],
    [
      'served by another ACME server without an e-mail address',
      [shop],
      { acme: { server: 'https://a.test/dir' } },
      [true, true],
    ],
  ])('is %s', (_, apps, traefik, [served, acme]) =>
    expect(httpsOfHost(apps, traefikOf(traefik))).toEqual({ served, acme }),
  )

  it('needs an e-mail address for Let’s Encrypt', () => {
    for (const given of [{}, { acme: { staging: true } }])
      expect(() => httpsOfHost([local, shop, blog], traefikOf(given))).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          message: "shop has a domain, and Let's Encrypt needs an e-mail address",
          hint: 'Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.',
        }) as Error,
      )
  })
})
