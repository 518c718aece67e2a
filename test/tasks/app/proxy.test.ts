import { describe, expect, it } from 'vitest'
import { proxy, toProxy } from '../../../tasks/app/proxy.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'

const issues = (given: object): string[] => (proxy.safeParse(given).error?.issues ?? []).map(({ message }) => message)
const alice = { alice: { env: 'ALICE' } }

describe('what the proxy does with requests', () => {
  it.each<object>([
    {},
    { body_limit: '10m', compress: true, security_headers: true },
    { basic_auth: alice, allow: ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'] },
  ])('may be %j', (given) => expect(issues(given)).toEqual([]))

  it.each<[object, string]>([
    [{ body_limit: '10' }, 'body_limit is a number with its unit: 10m, 1g'],
    [{ body_limit: '0m' }, 'body_limit is a number with its unit: 10m, 1g'],
    [{ basic_auth: {} }, 'basic_auth names no user: { alice: { env: ALICE_PASSWORD } }'],
    [
      { allow: ['10.0.0.5/8'] },
      '10.0.0.5/8 is an address within a network. Write 10.0.0.0/8 for the network, or 10.0.0.5 for the address.',
    ],
  ])('is not %j', (given, message) => expect(issues(given)).toEqual([message]))

  it('has no name of a user with a colon, which would end it', () =>
    expect(issues({ basic_auth: { 'a:b': { env: 'X' } } })).toHaveLength(1))

  it('reaches a release without passwords', () => {
    expect(toProxy(proxy.parse({ basic_auth: alice, compress: true }))).toEqual({ basic_auth: true, compress: true })
    const app = toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y', proxy: { basic_auth: alice } }))
    expect(app.proxy).toEqual({ basic_auth: true })
    expect('proxy' in toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y' }))).toBe(false)
  })
})
