import { expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { keepPassword } from '../../../tasks/postgres/keep-password.ts'
import { sqlHost } from './sql-host.ts'

it.each([
  ['SCRAM-SHA-256$1:a$b:c', "ALTER ROLE CURRENT_USER PASSWORD 'SCRAM-SHA-256$1:a$b:c';\n"],
  ["it's", "ALTER ROLE CURRENT_USER PASSWORD 'it''s';\n"],
  ['', 'ALTER ROLE CURRENT_USER PASSWORD NULL;\n'],
])('what was kept of a password is kept again: %j', async (kept, expected) => {
  const { host, asked } = sqlHost(() => '')
  await keepPassword(host.host, {}, { kept: new Secret(kept, 'x') })
  expect(asked).toEqual([expected])
})

it('also for another role than the one that asks', async () => {
  const { host, asked } = sqlHost(() => '')
  await keepPassword(host.host, {}, { kept: new Secret('md5x', 'x'), role: 'blog' })
  expect(asked).toEqual([`ALTER ROLE "blog" PASSWORD 'md5x';\n`])
})
