import { describe, expect, it } from 'vitest'
import { domainsOf, httpsOf, pathOf, redirectsOf, stripsPath, toAccess } from '../../../tasks/app/access.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'

const parsed = (access: unknown): ReturnType<typeof appSettings.safeParse> =>
  appSettings.safeParse({ image: 'x/y', access })
const given = (access: unknown): NonNullable<ReturnType<typeof parsed>['data']>['access'] =>
  appSettings.parse({ image: 'x/y', access }).access
/** The messages of an error, also of those within the branches of a union. */
const messages = (issues: readonly { message: string; errors?: unknown }[] = []): string[] =>
  issues.flatMap(({ message, errors }) => [message, ...messages((errors as never[] | undefined)?.flat())])

describe('where users find an app', () => {
  it.each<[unknown, { domains?: string[]; redirects?: string[]; path?: string; https?: string; strips?: boolean }]>([
    ['local', {}],
    [{ domain: 'A.org' }, { domains: ['a.org'], https: 'letsencrypt' }],
    [{ domain: ['a.org', 'b.org'] }, { domains: ['a.org', 'b.org'], https: 'letsencrypt' }],
    [
      { path: '/blog', strip_path: true },
      { path: '/blog', strips: true },
    ],
    [
      { domain: 'a.org', path: '/a/b', strip_path: false },
      { domains: ['a.org'], path: '/a/b', https: 'letsencrypt' },
    ],
    [{ domain: 'pi', https: 'off' }, { domains: ['pi'] }],
    [
      { domain: 'pi', https: 'internal', hsts: 60 },
      { domains: ['pi'], https: 'internal' },
    ],
    [
      { domain: 'a.org', redirect_from: ['www.a.org'], https: { certificate: 'c', key: { env: 'K' } } },
      { domains: ['a.org'], redirects: ['www.a.org'], https: 'own' },
    ],
  ])('%j', (value, { domains = [], redirects = [], path = '', https = 'off', strips = false }) => {
    const access = given(value)
    for (const each of [access, toAccess(access)])
      expect([domainsOf(each), redirectsOf(each), pathOf(each), httpsOf(each), stripsPath(each)]).toEqual([
        domains,
        redirects,
        path,
        https,
        strips,
      ])
  })

  it.each<[unknown, string]>([
    [{}, "name a domain, or a path; `access: local` is the app that answers by the host's address"],
    [{ https: 'off' }, "name a domain, or a path; `access: local` is the app that answers by the host's address"],
    [{ path: '/a', https: 'internal' }, 'https needs a domain'],
    [{ path: '/a', redirect_from: ['a.org'] }, 'redirect_from needs a domain'],
    [{ domain: 'a.org', strip_path: true }, 'strip_path needs a path'],
    [{ domain: 'a.org', https: 'off', hsts: 60 }, 'hsts needs https'],
    [{ domain: ['a.org', 'A.org'] }, 'a.org twice'],
    [{ domain: 'a.org', redirect_from: ['a.org'] }, 'a.org twice'],
    [{ domain: 'shop' }, "'shop' is not a valid domain: a domain is a whole name, with a dot, as in shop.example.org"],
    [
      { domain: 'a.org', redirect_from: ['www'], https: 'letsencrypt' },
      "'www' is not a valid domain: a domain is a whole name, with a dot, as in shop.example.org",
    ],
    ...['/', 'blog', '/blog/', '/a b', '/`', '/a//b', '/../a'].map((path): [unknown, string] => [
      { path },
      'a path is /NAME, of letters, digits, dots, dashes and underscores, without a / at its end: /blog',
    ]),
    [{ domain: 'a.org', https: 'yes' }, 'https is letsencrypt, internal, off, or { certificate: FILE, key: … }'],
  ])('is not %j', (value, message) => expect(messages(parsed(value).error?.issues)).toContain(message))

  it('reaches a release without the key of a certificate, and otherwise as it was written', () => {
    const app = (access: unknown): unknown =>
      toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y', access })).access
    expect(app('local')).toBe('local')
    expect(JSON.stringify(app({ domain: 'a.org' }))).toBe('{"domain":"a.org"}')
    expect(app({ domain: 'a.org', https: { certificate: 'c', key: { env: 'K' } } })).toEqual({
      domain: 'a.org',
      https: 'own',
    })
  })
})
