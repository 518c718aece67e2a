import { describe, expect, it } from 'vitest'
import { parseLists, type UfwLists } from '../../../../tasks/system/ufw/wanted-list.ts'
import { wantedInWords } from '../../../../tasks/system/ufw/wanted-rule.ts'

it('rules come in their order, before the ports that are open to everybody, and each once', () => {
  const { wanted, absent } = parseLists({
    allow: ['80/tcp', '80/tcp', '443/tcp'],
    rules: [
      { action: 'deny', from: '203.0.113.0/24' },
      { port: '443/tcp', comment: 'web' },
      { port: '5432/tcp', from: '10.0.0.0/8' },
      { port: '5432/tcp' },
    ],
    absent: ['8080/tcp', { action: 'limit', port: 22 }],
  })
  expect(wanted.map(wantedInWords)).toEqual([
    'deny from 203.0.113.0/24',
    'allow 443/tcp',
    'allow 5432/tcp from 10.0.0.0/8',
    'allow 5432/tcp',
    'allow 80/tcp',
  ])
  expect(absent.map(wantedInWords)).toEqual(['allow 8080/tcp', 'limit 22'])
  expect(parseLists({})).toEqual({ wanted: [], absent: [] })
})

describe('rules that cannot have an effect are refused:', () => {
  it.each<[string, UfwLists, string]>([
    [
      'the same',
      { rules: [{ port: '22/tcp' }, { port: '22/tcp', action: 'deny' }] },
      "'deny 22/tcp' has no effect after 'allow 22/tcp'",
    ],
    [
      'a narrower one',
      {
        rules: [
          { port: 22, action: 'deny' },
          { port: '22/tcp', from: 'fd00::7' },
        ],
      },
      "'allow 22/tcp from fd00::7' has no effect after 'deny 22'",
    ],
    [
      'an open port',
      { rules: [{ port: '443/tcp', action: 'limit' }], allow: ['443/tcp'] },
      "'allow 443/tcp' has no effect after 'limit 443/tcp'",
    ],
    [
      'one IP version',
      {
        rules: [
          { port: 22, from: '0.0.0.0/0', action: 'deny' },
          { port: 22, from: '10.0.0.1' },
        ],
      },
      "'allow 22 from 10.0.0.1' has no effect after 'deny 22'",
    ],
  ])('%s', (_, lists, message) => {
    expect(() => parseLists(lists)).toThrow(
      expect.objectContaining({ message, hint: expect.stringContaining('put the narrower rule first') as string }),
    )
  })

  it('but not those that have one in the other IP version', () => {
    const rules = [{ port: 22, from: '0.0.0.0/0', action: 'deny' as const }, { port: 22 }, { port: 22, from: '::/0' }]
    // What an earlier rule with the same action has is left out.
    expect(parseLists({ rules }).wanted).toHaveLength(3)
  })
})

it('a rule that is both wanted and absent is refused', () => {
  expect(() => parseLists({ allow: ['80/tcp'], absent: [{ port: '80/tcp', comment: 'x' }] })).toThrow(
    expect.objectContaining({ message: "'allow 80/tcp' is both wanted and absent", hint: 'Leave one of the two out.' }),
  )
  expect(parseLists({ allow: ['80/tcp'], absent: [{ port: '80/tcp', action: 'deny' }] }).absent).toHaveLength(1)
})
