import { describe, expect, it } from 'vitest'
import { parseRules, type Rule } from '../../../../tasks/system/ufw/rules.ts'
import { markOf } from '../../../../tasks/system/ufw/mark.ts'
import { Table } from '../../../../tasks/system/ufw/table.ts'
import { real, rulesOf, tuple } from './samples.ts'

const mark = markOf('cutover')
const hex = Buffer.from(mark).toString('hex')
const ours = (ports: string, from = '0.0.0.0/0', fromPorts = 'any'): string =>
  tuple(`allow tcp ${ports} 0.0.0.0/0 ${fromPorts} ${from} in comment=${hex}`)
const keepAll = { owner: 'cutover', isUnwanted: () => false }
const tableOf = (...lines: string[]): Table => new Table(4, parseRules(lines.join('\n')), keepAll)
const shown = ({ adds, deletes, words }: Table): object => ({
  adds: adds.map((each) => each.join(' ')),
  deletes: deletes.map((each) => each.join(' ')),
  words,
})
const comment = `comment ${mark}`

describe('a port is opened', () => {
  const add = `allow proto tcp from 0.0.0.0/0 to any port 80 ${comment}`
  const other = tuple('allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in')
  const reject = tuple(real['reject 80/tcp'])
  /** One application profile, which has a line for each of its port lists. */
  const profile = ['80', '81'].map((port) => tuple(`allow tcp ${port} 10.0.0.1 any 0.0.0.0/0 Web - in`))
  it.each<[string, string[], string[], string[]]>([
    ['at the end', [other], [add], ['allow 80/tcp']],
    ['by somebody already', [tuple('allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in')], [], []],
    ['by us already', [ours('80')], [], []],
    [
      'before a rule that closes it, which is the first one',
      [reject],
      [`prepend allow proto tcp from 0.0.0.0/0 port 1:65535 to any port 80 ${comment}`],
      ["allow 80/tcp before 'reject 80/tcp'"],
    ],
    [
      'before a rule that closes it, which is the third one',
      [other, other, tuple('deny any 80 0.0.0.0/0 any 0.0.0.0/0 in')],
      [`insert 3 ${add}`],
      ["allow 80/tcp before 'deny 80'"],
    ],
    [
      'by moving a rule of ours before a rule that closes it',
      [other, tuple('deny any 80 0.0.0.0/0 any 0.0.0.0/0 in'), ours('80')],
      [`delete allow proto tcp from 0.0.0.0/0 to any port 80`, `insert 2 ${add}`],
      ["allow 80/tcp before 'deny 80'"],
    ],
    [
      'after a profile, which counts once',
      [...profile, tuple('deny any 80 0.0.0.0/0 any 0.0.0.0/0 in'), other],
      [`insert 3 ${add}`],
      ["allow 80/tcp before 'deny 80'"],
    ],
  ])('%s', (_, lines, adds, words) => {
    const table = tableOf(...lines)
    table.open('80/tcp')
    expect(shown(table)).toEqual({ adds, deletes: [], words })
    // It is open now.
    table.open('80/tcp')
    expect(table.adds).toHaveLength(adds.length)
  })

  it('over IPv6 by rules that are numbered after those of IPv4', () => {
    const before = tableOf(other, ...profile)
    const deny = tuple('deny any 80 ::/0 any ::/0 in')
    const table = new Table(6, parseRules([tuple('allow tcp 22 ::/0 any ::/0 in'), deny].join('\n')), {
      ...keepAll,
      before,
    })
    table.open('80/tcp')
    expect(shown(table)).toMatchObject({ adds: [`insert 4 allow proto tcp from ::/0 to any port 80 ${comment}`] })
  })

  it('not where rules of somebody else have both forms of ours', () => {
    const both = ['any', '1:65535'].map((ports) => tuple(`deny tcp 80 0.0.0.0/0 ${ports} 0.0.0.0/0 in`))
    expect(() => tableOf(...both).open('80/tcp')).toThrow(
      expect.objectContaining({
        message: 'a rule that is not ours stands in the way of: allow 80/tcp',
        hint: 'See `sudo ufw status numbered` there, and delete the rule that closes this port.',
      }),
    )
  })
})

it('one address is let in before all other rules', () => {
  const table = tableOf(tuple(real['deny from 10.0.0.0/8']), ours('22', '10.0.0.5'))
  const [blocking] = rulesOf('deny from 10.0.0.0/8')
  table.letIn('10.0.0.5', '22/tcp', blocking as Rule)
  const rule = `allow proto tcp from 10.0.0.5 to any port 22 ${comment}`
  expect(shown(table)).toEqual({
    adds: [`delete ${rule.replace(` ${comment}`, '')}`, `prepend ${rule}`],
    deletes: [],
    words: ["allow 22/tcp from 10.0.0.5 before 'deny from 10.0.0.0/8'"],
  })
})

it('unwanted rules are deleted in the form that they have, and do not count before', () => {
  const rules = parseRules([ours('80', '0.0.0.0/0', '1:65535'), ours('22')].join('\n'))
  const table = new Table(4, rules, { owner: 'cutover', isUnwanted: ({ ports }) => ports === '80' })
  expect(table.kept).toEqual(rules.slice(1))
  expect([table.opens('22'), table.opens('80')]).toEqual([true, false])
  table.sweep()
  expect(shown(table)).toEqual({
    adds: [],
    deletes: ['delete allow proto tcp from 0.0.0.0/0 port 1:65535 to any port 80'],
    words: ["remove 'allow 80/tcp'"],
  })
})

it('a rule of ours for one address, or one of somebody else, opens a port to nobody else', () => {
  expect(tableOf(ours('22', '10.0.0.5'), tuple(real['allow 22/tcp'])).opens('22')).toBe(false)
})
