import { expect, it } from 'vitest'
import doctor from '../../playbooks/doctor.ts'
import { example, help, printed } from './cli.ts'

it('doctor has no tasks, and what it finds depends on the host', async () => {
  expect(await printed(doctor, ['--list-tasks', '--limit', 'one,two'])).toMatchInlineSnapshot(`
    "one, two:
      … what comes next depends on what the host says
    (exit status 0)"
  `)
})

it('doctor finds a mistake of the inventory before it connects', async () => {
  const text = await printed(doctor, ['--list-tasks'], example.replace('{ email: you@example.org }', '{}'))
  expect(text).toContain("shop-api has a domain, and Let's Encrypt needs an e-mail address")
})

it('doctor has no options of its own', async () => {
  expect(await help(doctor)).toMatchInlineSnapshot(
    `"Doctor. Looks at servers before setup or when something is odd, says what to do, and changes nothing."`,
  )
})
