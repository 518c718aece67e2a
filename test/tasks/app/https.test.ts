import { describe, expect, it } from 'vitest'
import { servesHttps } from '../../../tasks/app/https.ts'
import { appSettings } from '../../../tasks/app/settings.ts'

type Apps = Parameters<typeof servesHttps>[0]

const app = (name: string, domain?: string): Apps[number] => ({
  name,
  settings: appSettings.parse({ image: 'x/y', access: domain === undefined ? 'local' : { domain } }),
})
const local = app('local')
const shop = app('shop', 'shop.example.org')
const blog = app('blog', 'blog.example.org')

describe('HTTPS', () => {
  it.each<[string, Apps, string | undefined, boolean]>([
    ['not served without an app', [], undefined, false],
    ['not served without an app, whatever the e-mail address', [], 'a@b.org', false],
    ['not served for an app that answers by IP', [local], undefined, false],
    ['not served for one, whatever the e-mail address', [local], 'a@b.org', false],
    ['served for an app with a domain', [shop], 'a@b.org', true],
    ['served if one of several apps has a domain', [local, shop, blog], 'a@b.org', true],
  ])('is %s', (_, apps, email, served) => expect(servesHttps(apps, email)).toBe(served))

  it.each([undefined, ''])('needs an e-mail address, and not %j', (email) => {
    expect(() => servesHttps([local, shop, blog], email)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: "shop has a domain, and Let's Encrypt needs an e-mail address",
        hint: 'Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.',
      }) as Error,
    )
  })
})
