import { describe, expect, it } from 'vitest'
import { Secret, type SecretReference } from '../../../runner/index.ts'
import { databaseAccount } from '../../../tasks/app/database-account.ts'
import { appSettings } from '../../../tasks/app/settings.ts'

const asked: [SecretReference, string][] = []
const account = (name: string, database: object | false, password = 's3cret'): ReturnType<typeof databaseAccount> =>
  databaseAccount({ name, settings: appSettings.parse({ image: 'x/y', database }) }, (reference, label) => {
    asked.push([reference, label])
    return new Secret(password, label)
  })
const password = { env: 'DB' }

describe('the database of an app', () => {
  it.each<[string, object, [string, string, string]]>([
    ['shop', { password }, ['shop', 'shop', 'postgresql+asyncpg://shop:s3cret@shop-postgres:5432/shop']],
    [
      'my-shop-1',
      { password },
      ['my_shop_1', 'my_shop_1', 'postgresql+asyncpg://my_shop_1:s3cret@my-shop-1-postgres:5432/my_shop_1'],
    ],
    [
      'shop',
      { password, name: 'store', user: 'clerk', scheme: 'postgres' },
      ['store', 'clerk', 'postgres://clerk:s3cret@shop-postgres:5432/store'],
    ],
  ])('of %s, by %j', (name, database, expected) => {
    const made = account(name, database)
    expect([made?.database, made?.user, made?.url.reveal()]).toEqual(expected)
  })

  it('has the password of the inventory, which is encoded only in the URL', () => {
    asked.length = 0
    const made = account('shop', { password }, 'p@ss/w:ö rd%')
    expect(asked).toEqual([[{ env: 'DB' }, 'database password of shop']])
    expect(made?.password.reveal()).toBe('p@ss/w:ö rd%')
    expect(made?.url.reveal()).toBe('postgresql+asyncpg://shop:p%40ss%2Fw%3A%C3%B6%20rd%25@shop-postgres:5432/shop')
    expect([made?.password.label, made?.url.label]).toEqual(['database password of shop', 'database password of shop'])
  })

  it('is none, and no password is asked for, if the app has no database', () => {
    asked.length = 0
    expect(account('shop', false)).toBeUndefined()
    expect(asked).toEqual([])
  })
})
