import { describe, expect, it } from 'vitest'
import {
  anySource,
  hasPorts,
  inWords,
  isEverywhere,
  parseRules,
  type Rule,
} from '../../../../tasks/system/ufw/rules.ts'
import { real, rulesOf, tuple } from './samples.ts'

const plain: Rule = {
  action: 'allow',
  protocol: 'tcp',
  to: '0.0.0.0/0',
  ports: '22',
  from: '0.0.0.0/0',
  fromPorts: 'any',
  interfaceName: '',
  incoming: true,
  profile: '',
  log: '',
  comment: '',
}

describe('a rule in a file of ufw', () => {
  it.each<[string, Partial<Rule>]>([
    [real['allow 22/tcp'], {}],
    [real['limit 22/tcp'], { action: 'limit' }],
    [real['deny log 22/tcp'], { action: 'deny', log: 'log' }],
    ['reject_log-all tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', { action: 'reject', log: 'log-all' }],
    [real['deny from 10.0.0.0/8'], { action: 'deny', protocol: 'any', ports: 'any', from: '10.0.0.0/8' }],
    [real['allow OpenSSH comment x'], { profile: 'OpenSSH -', comment: 'x' }],
    [
      real['route allow in on eth0 out on docker0 to any port 80 proto tcp'],
      { ports: '80', interfaceName: 'eth0', incoming: false },
    ],
    [real['deny out 22/tcp'], { action: 'deny', incoming: false }],
    [
      real['allow in on eth0 from 10.1.2.3 port 5000 to 10.213.1.11 port 22 proto tcp'],
      { to: '10.213.1.11', fromPorts: '5000', from: '10.1.2.3', interfaceName: 'eth0' },
    ],
    ['forbid tcp 22 0.0.0.0/0 any 0.0.0.0/0 out', { action: 'unreadable' }],
    ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 sideways', { action: 'unreadable' }],
    ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 more in', { action: 'unreadable' }],
    ['xallow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', { action: 'unreadable' }],
    ['allowed tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', { action: 'unreadable' }],
    ['comment=78', { action: 'unreadable', protocol: 'any', ports: 'any', to: '', from: '', comment: 'x' }],
  ])('%s', (words, expected) => {
    expect(parseRules(`  ${tuple(words)}  `)).toEqual([{ ...plain, ...expected }])
  })

  it('is found among other lines, in order', () => {
    expect(rulesOf('allow 22/tcp', 'reject 80/tcp').map(({ action }) => action)).toEqual(['allow', 'reject'])
    expect(parseRules('# ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n### tuple ###\n')).toEqual([])
  })
})

it.each([
  ['any', '1:65535', true],
  ['22', '22', true],
  ['22', '23', false],
  ['20:30', '22', true],
  ['20:30', '20:30', true],
  ['20:30', '19:30', false],
  ['20:30', '20:31', false],
  ['80,443', '443', true],
  ['80,443', '80,443', true],
  ['80', '80,443', false],
])('the ports %s include %s: %s', (rulePorts, wanted, included) => {
  expect(hasPorts(rulePorts, wanted)).toBe(included)
})

it.each([
  ['any', true],
  ['1:65535', true],
  ['1024:65535', false],
])('from the ports %s a connection may come in any case: %s', (ports, any) => {
  expect(anySource(ports)).toBe(any)
})

it.each([
  ['0.0.0.0/0', true],
  ['::/0', true],
  ['10.0.0.0/0', false],
  ['0.0.0.0/01', false],
  ['fd00::/0', false],
])('%s is everywhere: %s', (address, everywhere) => {
  expect(isEverywhere(address)).toBe(everywhere)
})

it.each<[Partial<Rule>, string]>([
  [{}, 'allow 22/tcp'],
  [{ protocol: 'any' }, 'allow 22'],
  [{ ports: 'any' }, 'allow tcp'],
  [{ ports: 'any', protocol: 'any', action: 'deny', from: '10.0.0.0/8' }, 'deny from 10.0.0.0/8'],
  [{ interfaceName: 'eth0', to: '10.0.0.1' }, 'allow on eth0 22/tcp to 10.0.0.1'],
  [{ from: '10.0.0.1', fromPorts: '5000' }, 'allow 22/tcp from 10.0.0.1 from port 5000'],
  [{ fromPorts: '1:65535' }, 'allow 22/tcp'],
])('%j in words', (rule, words) => {
  expect(inWords({ ...plain, ...rule })).toBe(words)
})
