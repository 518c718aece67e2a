import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { explain } from '../../../runner/errors.ts'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'
import { type Inventory, parseInventory } from '../../../runner/inventory/index.ts'
import { originLines } from '../../../runner/inventory/origins.ts'
import { secretReference } from '../../../runner/secret/reference.ts'

const schema = z.strictObject({
  port: z.int().default(80),
  name: z.string().optional(),
  paths: z.strictObject({ log: z.string().default('/var/log'), data: z.string().default('/srv') }).prefault({}),
  key: secretReference.optional(),
})
type Vars = z.output<typeof schema>

const text = `
defaults: { user: deploy }
hosts:
  web-[01:03]: { address: '10.0.0.[1:3]' }
  db: { address: 10.0.1.1, port: 2222, vars: { port: 5 } }
groups:
  small: { hosts: ['web-[01:02]'], vars: { port: 3, name: small } }
  big: { children: [small], vars: { port: 2, name: big, paths: { log: /big } }, user: bigger }
  last: { hosts: [web-02], vars: { paths: { data: /last } }, port: 2200 }
vars: { port: 1, name: all }
`
const read = (over: readonly string[] = []): Inventory<Vars> =>
  parseInventory(text, 'i.yaml', schema, { overrides: extraVars(over) })
const vars = (inventory: Inventory<Vars>, host: string): Vars => inventory.select(host)[0]!.vars
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const write = (name: string, content: string, mode = 0o644): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}
const said = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return explain(error).join('\n')
  }
  throw new Error('it was taken')
}

describe('precedence', () => {
  it('is: default, all, parent group, child group, host, --extra-vars', () => {
    expect(vars(read(), 'web-03')).toMatchObject({ port: 1, name: 'all', paths: { log: '/var/log' } })
    expect(vars(read(), 'web-01')).toMatchObject({ port: 3, name: 'small', paths: { log: '/big', data: '/srv' } })
    expect(vars(read(), 'web-02')).toMatchObject({ port: 3, paths: { log: '/big', data: '/last' } })
    expect(vars(read(), 'db')).toMatchObject({ port: 5, name: 'all' })
    expect(vars(read(['port=9', 'paths.log=/x y', '{ name: "extra: one" }']), 'db')).toEqual({
      port: 9,
      name: 'extra: one',
      paths: { log: '/x y', data: '/srv' },
    })
  })

  it('holds for how hosts are reached, too', () => {
    const reached = read().hosts.map(
      ({ name, target: { address, user, port } }) => `${name} ${user}@${address}:${port}`,
    )
    expect(reached).toEqual([
      'web-01 bigger@10.0.0.1:22',
      'web-02 bigger@10.0.0.2:2200',
      'web-03 deploy@10.0.0.3:22',
      'db deploy@10.0.1.1:2222',
    ])
  })

  it('replaces a secret’s reference whole', () => {
    const inventory = parseInventory(
      'hosts: { a: { vars: { key: { file: /k } } } }\nvars: { key: { env: K } }\n',
      'i.yaml',
      schema,
    )
    expect(vars(inventory, 'a').key).toEqual({ file: '/k' })
  })

  it('is shown by --show-vars, with the place of each', () => {
    const shown = originLines(read(['paths.log=/x']).select('web-02')[0]!)
    expect(shown).toMatch(/^web-02\n/)
    expect(shown).toMatch(/port +3 +i\.yaml:7:44\n/)
    expect(shown).toMatch(/paths\.log +"\/x" +--extra-vars paths\.log\n/)
    expect(shown).toMatch(/paths\.data +"\/last" +i\.yaml:9:45\n/)
    expect(originLines(read().select('web-03')[0]!)).toMatch(/paths\.log +"\/var\/log" +default\n/)
  })
})

describe('--extra-vars', () => {
  it('takes a file', () => {
    const path = write('over.yaml', 'port: 7\n')
    expect(vars(read([`@${path}`]), 'db').port).toBe(7)
  })

  it.each([
    ['prot=1', "--extra-vars prot: unknown key 'prot'", "Did you mean 'port'?"],
    ['port=x', '--extra-vars port: port: expected a number, not text', ''],
    ['port', "--extra-vars 'port' is neither key=value nor", ''],
    ['=1', "--extra-vars '=1' is neither key=value nor", ''],
    ['a..b=1', "--extra-vars 'a..b=1' is neither key=value nor", ''],
    ['port=[1', "--extra-vars 'port=[1': ", 'Write a list or a map as in YAML.'],
    ['port=1 name=x', "is 'name=…' a second variable?", 'Use -e once for each variable'],
    ['@/nowhere.yaml', 'there is no file /nowhere.yaml', ''],
    ['@/tmp', 'there is no file /tmp', ''],
  ])('refuses %s', async (given, message, hint) => {
    const text = await said(() => read([given]))
    expect(text).toContain(message)
    expect(text).toContain(hint)
  })

  it('takes spaces and equals signs in a value that is quoted, and spaces in one that is not', () => {
    expect(vars(read(["name='b c=d'"]), 'db').name).toBe('b c=d')
    expect(vars(read(['name=b c']), 'db').name).toBe('b c')
  })

  it('names the line of a file', async () => {
    const path = write('wrong.yaml', '# over\nport: many\n')
    expect(await said(() => read([`@${path}`]))).toContain(`${path}:2:1: port: expected a number, not text`)
  })
})

describe('ranges in an inventory', () => {
  it.each([
    [
      'hosts: { "web-[1:3]": { address: "10.0.0.[1:2]" } }',
      'web-[1:3] stands for 3 hosts, but 10.0.0.[1:2] for 2 addresses',
    ],
    ['hosts: { "web-[1:3]": { address: 10.0.0.1 } }', 'web-[1:3] stands for 3 hosts, but there is only one address'],
    ['hosts: { "web-[1:3]": {}, web-2: {} }', "the host 'web-2' is defined twice"],
    ['hosts: { "web-[3:1]": {} }', "'[3:1]' in 'web-[3:1]' is not a valid range"],
  ])('%s', async (yaml, message) => {
    expect(await said(() => parseInventory(yaml, 'i.yaml', schema))).toContain(message)
  })
})
