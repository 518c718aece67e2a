import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'
import { noVariables, parseInventory } from '../../../runner/inventory/index.ts'
import type { InventoryOptions } from '../../../runner/inventory/model.ts'
import { z } from '../../../runner/zod.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

const shared = `
hosts:
  web-1: { vars: { sshd: { port: 2222 } } }
groups:
  web: { hosts: [web-1], vars: { firewall: { allow: [2222/tcp] } } }
apps:
  shop: { image: registry.example.org/shop }
vars:
  users: [ann]
  docker: { live_restore: true }
`
const own = z.strictObject({
  users: z.array(z.string()).default([]),
  sshd: z.strictObject({ port: z.int().default(22) }).prefault({}),
})

const lines = (read: () => unknown): string[] => {
  try {
    read()
  } catch (error) {
    return explain(error)
  }
  throw new Error('the inventory was taken')
}
const cutover = (text: string): ReturnType<typeof parseInventory<typeof settings>> =>
  parseInventory(text, 'i.yaml', settings, { topLevelKeys: topLevel })
const site = (text: string, options: InventoryOptions = {}): ReturnType<typeof parseInventory<typeof own>> =>
  parseInventory(text, 'i.yaml', own, options)

describe('an inventory for several playbooks', () => {
  it('gives each one its own variables, and says what it left to others', () => {
    const setup = cutover(shared)
    expect(setup.hosts[0]?.vars).toMatchObject({
      apps: { shop: {} },
      docker: { live_restore: true },
      firewall: { allow: ['2222/tcp'] },
    })
    expect(setup.hosts[0]?.vars).not.toHaveProperty('users')
    expect(setup.unclaimed).toEqual([
      { key: 'users', place: 'i.yaml:9:3' },
      { key: 'sshd', place: 'i.yaml:3:20' },
    ])
    const mine = site(shared)
    expect(mine.hosts[0]?.vars).toEqual({ users: ['ann'], sshd: { port: 2222 } })
    expect(mine.unclaimed.map(({ key }) => key)).toEqual(['apps', 'docker', 'firewall'])
  })

  it('says nothing of keys that the inventory gives to somebody', () => {
    expect(cutover(`parts: [users, sshd]${shared}`).unclaimed).toEqual([])
    expect(site(`parts: [apps, docker, firewall]${shared}`).unclaimed).toEqual([])
  })

  it.each([
    ['hosts: { a: }\nvars: { usres: [ann] }', "i.yaml:2:9: unknown key 'usres' in vars", "Did you mean 'users'?"],
    ['hosts: { a: }\nusers: [ann]', "i.yaml:2:1: unknown key 'users'", 'It is a variable: write it below vars.'],
    ['hosts: { a: }\nhsots: {}', "i.yaml:2:1: unknown key 'hsots'", "Did you mean 'hosts'?"],
    ['hosts: { a: }\nvars: { port: 1 }', "i.yaml:2:9: unknown key 'port' in vars", 'It is not a variable'],
    ['hosts: { a: }\nuser: ann', "i.yaml:2:1: unknown key 'user'", 'It stands below defaults, a group or a host.'],
    ['hosts: { a: { vars: { sshd: { prot: 1 } } } }', "i.yaml:1:31: unknown key 'prot' in hosts.a.vars.sshd", "'port'"],
  ])('still finds the mistake in %j', (text, first, hint) => {
    const [message, ...rest] = lines(() => site(text))
    expect(message).toBe(first)
    expect(rest.join('\n')).toContain(hint)
  })

  it('takes a key that is similar to one of its own if the inventory gives it to another', () => {
    const text = 'hosts: { a: }\nvars: { user_s: 1 }'
    expect(lines(() => site(text)).join('\n')).toContain('If another playbook reads it: parts: [user_s] at the top.')
    expect(site(`parts: [user_s]\n${text}`).hosts[0]?.vars.users).toEqual([])
  })

  it('refuses unknown variables of --extra-vars, which are for this run alone', () => {
    const read = (): unknown => site('hosts: { a: }', { overrides: extraVars(['rack=7']) })
    expect(lines(read)).toEqual(["--extra-vars rack: unknown key 'rack'", 'There are: users, sshd.'])
  })
})

describe('a playbook with a part of its own', () => {
  const text = `
hosts:
  a: { vars: { site: { sshd: { port: 2222 } } } }
  b:
groups:
  all-b: { hosts: [b], vars: { site: { users: [bob] } } }
site: { users: [ann] }
apps: { shop: { image: x/y } }
vars: { docker: {}, site: { sshd: { port: 22 } } }
`
  it('has its variables below the key of the part, at every level, and leaves the rest alone', () => {
    const { hosts, unclaimed } = site(text, { part: 'site', overrides: extraVars(['site.users=[eve]']) })
    expect(hosts.map(({ vars }) => vars)).toEqual([
      { users: ['eve'], sshd: { port: 2222 } },
      { users: ['eve'], sshd: { port: 22 } },
    ])
    expect(site(text, { part: 'site' }).hosts.map(({ vars }) => vars.users)).toEqual([['ann'], ['bob']])
    expect(unclaimed).toEqual([])
    expect(hosts[0]?.origins().map(({ route, from }) => [route.join('.'), from])).toEqual([
      ['site.users', '--extra-vars site.users'],
      ['site.sshd.port', 'i.yaml:3:32'],
    ])
  })

  it('may have no variables anywhere', () => {
    expect(site('hosts: { a: }', { part: 'site' }).hosts[0]?.vars).toEqual({ users: [], sshd: { port: 22 } })
    const strict = z.strictObject({ must: z.string() })
    expect(lines(() => parseInventory('hosts: { a: }', 'i.yaml', strict, { part: 'site' }))[0]).toMatch(
      /site\.must is missing$/,
    )
  })

  it('refuses every unknown key within it, and a name that is similar to its own', () => {
    const [message] = lines(() => site('hosts: { a: }\nvars: { site: { rack: 7 } }', { part: 'site' }))
    expect(message).toBe("i.yaml:2:17: unknown key 'rack' in vars.site")
    expect(lines(() => site('hosts: { a: }\nstie: {}', { part: 'site' }))).toEqual([
      "i.yaml:2:1: unknown key 'stie'",
      expect.stringContaining("Did you mean 'site'?"),
    ])
  })

  it('cannot have the name of a key of the inventory', () => {
    expect(lines(() => site('hosts: { a: }', { part: 'hosts' }))[0]).toBe("a part cannot be called 'hosts'")
  })

  it('is told by the playbooks of others, until the inventory names it', () => {
    expect(cutover(text).unclaimed).toEqual([{ key: 'site', place: 'i.yaml:7:1' }])
    expect(cutover(`parts: [site]${text}`).unclaimed).toEqual([])
  })
})

it('a playbook without variables refuses none, and has nothing to say of them', () => {
  const { hosts, unclaimed } = parseInventory(shared, 'i.yaml', noVariables)
  expect([hosts.map(({ vars }) => vars), unclaimed]).toEqual([[{}], []])
  expect(lines(() => parseInventory('hosts: { a: }\nhsots: {}', 'i.yaml', noVariables))[0]).toContain('hsots')
})
