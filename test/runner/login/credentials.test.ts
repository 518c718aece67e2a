import { expect, it } from 'vitest'
import { z } from 'zod'
import { UsageError } from '../../../runner/errors.ts'
import { type CredentialOptions, credentialsOf } from '../../../runner/login/credentials.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { Secret } from '../../../runner/secret/secret.ts'

interface Asked {
  questions: string[]
  credentials: Record<string, string>[]
}

/** What a person is asked for some hosts, and the credentials of each. Keys need files: test/integration has them. */
async function asked(hosts: string, options: Partial<CredentialOptions> = {}): Promise<Asked> {
  const { hosts: entries } = parseInventory(
    `defaults: { ssh_config: false, become: sudo }\nhosts: { ${hosts} }\n`,
    '/i.yaml',
    z.unknown(),
  )
  const questions: string[] = []
  const of = credentialsOf({
    askPassword: false,
    askBecome: false,
    secret: (_, label) => new Secret('inventory', label),
    open: async () => undefined,
    ask: async (question) => (questions.push(question), 'typed'),
    terminal: false,
    ...options,
  })
  const all = await Promise.all(entries.map(of))
  for (const [index, entry] of entries.entries()) expect(await of(entry)).toBe(all[index])
  const credentials = all.map((each) =>
    Object.fromEntries(
      Object.entries(each).map(([key, value]) => [
        key,
        value instanceof Secret ? `${value.reveal()}: ${value.label}` : 'other',
      ]),
    ),
  )
  return { questions, credentials }
}

it('secrets of the inventory are read, each with its name', async () => {
  const secrets = 'password: { env: X }, become_password: { env: X }, identity_passphrase: { env: X }'
  expect(await asked(`a: { ${secrets} }, b: { become: none, ${secrets} }`)).toMatchInlineSnapshot(`
    {
      "credentials": [
        {
          "become": "inventory: sudo password of a",
          "passphrase": "inventory: passphrase of a",
          "password": "inventory: password of a",
        },
        {
          "passphrase": "inventory: passphrase of b",
          "password": "inventory: password of b",
        },
      ],
      "questions": [],
    }
  `)
})

it('passwords that the inventory does not have are asked for, once', async () => {
  const wanted = { askPassword: true, askBecome: true }
  expect(await asked('a: {}, b: {}, c: { become: none, password: { env: X } }, d: { connection: docker }', wanted))
    .toMatchInlineSnapshot(`
    {
      "credentials": [
        {
          "become": "typed: sudo password",
          "password": "typed: login password",
        },
        {
          "become": "typed: sudo password",
          "password": "typed: login password",
        },
        {
          "password": "inventory: password of c",
        },
        {
          "become": "typed: sudo password",
        },
      ],
      "questions": [
        "Login password: ",
        "sudo password: ",
      ],
    }
  `)
})

it('nothing is asked for that is not wanted', async () => {
  expect(await asked('a: {}')).toEqual({ questions: [], credentials: [{}] })
})

it('a password for the ssh program is refused', async () => {
  const refused = await asked('a: { connection: openssh, password: { env: X } }').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(UsageError)
  expect(refused).toMatchObject({
    message: 'a: the ssh program takes no password from us',
    hint: 'Use a key, or `connection: ssh`.',
  })
})
