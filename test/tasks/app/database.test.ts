import { expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { postgres } from '../../../tasks/app/database.ts'

const given = (password: string): ReturnType<typeof postgres> =>
  postgres({
    app: 'shop',
    image: 'postgres:17',
    database: 'shop',
    user: 'shop',
    password: new Secret(password, 'password'),
  })

it('the database gets its password by a file that nobody parses', () => {
  expect(given(' ab$cd9xyz#7Qw ${X} # \'" ').map(({ name }) => name)).toContain('file /opt/shop/postgres/password')
})

it.each([
  ['', 'is empty'],
  ['a\nb', 'a control character'],
  ['a\r', 'a control character'],
  ['a\0', 'a control character'],
])('refuses %j as its password', (password, why) => {
  expect(() => given(password)).toThrow(why)
})
