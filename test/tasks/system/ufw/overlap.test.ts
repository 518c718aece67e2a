import { expect, it } from 'vitest'
import { areEqual, covers, letsIn, overlaps } from '../../../../tasks/system/ufw/overlap.ts'
import { parseRules, type Rule } from '../../../../tasks/system/ufw/rules.ts'
import { tuple } from './samples.ts'

const rule = (words: string): Rule => parseRules(tuple(words))[0] as Rule

it.each<[string, string, 'equal' | 'first' | 'second' | 'some' | 'none']>([
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'equal'],
  ['allow tcp 22 0.0.0.0/0 1:65535 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'equal'],
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in', 'first'],
  ['allow tcp 22 0.0.0.0/0 any 10.1.0.0/16 in', 'allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in', 'second'],
  ['allow tcp 22 0.0.0.0/0 any 10.1.0.0/16 in', 'allow tcp 22 0.0.0.0/0 any 10.2.0.0/16 in', 'none'],
  ['allow any any 0.0.0.0/0 any 10.0.0.0/8 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'some'],
  ['allow any 22 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'first'],
  ['allow udp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'none'],
  ['allow tcp 20:30 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 25:35 0.0.0.0/0 any 0.0.0.0/0 in', 'some'],
  ['allow tcp 20:30 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 31:35 0.0.0.0/0 any 0.0.0.0/0 in', 'none'],
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0', 'first'],
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth+', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0', 'first'],
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth1', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0', 'none'],
  ['allow tcp 22 10.0.0.1 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'second'],
  ['allow tcp 22 0.0.0.0/0 5000 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'second'],
  ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 out', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'none'],
  ['forbid tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'none'],
  ['allow tcp 22 0.0.0.0/0 any 10.0.0.0/255.0.255.0 in', 'deny tcp 22 0.0.0.0/0 any 10.0.0.0/255.0.255.0 in', 'equal'],
  ['allow tcp 22 0.0.0.0/0 any 10.0.0.0/255.0.255.0 in', 'deny tcp 22 0.0.0.0/0 any 10.0.0.0/8 in', 'some'],
  ['allow tcp 22 ::/0 any fd00::/8 in', 'deny tcp 22 ::/0 any fd00::7 in', 'first'],
])('%s and %s: %s', (one, other, expected) => {
  const [a, b] = [rule(one), rule(other)]
  const both = overlaps(a, b)
  expect(overlaps(b, a)).toBe(both)
  const seen = areEqual(a, b) ? 'equal' : covers(a, b) ? 'first' : covers(b, a) ? 'second' : both ? 'some' : 'none'
  expect(seen).toBe(expected)
  expect(both).toBe(expected !== 'none')
})

it.each([
  ['allow', true],
  ['limit', true],
  ['deny', false],
  ['reject', false],
  ['forbid', false],
])('%s lets in: %s', (action, expected) => {
  expect(letsIn(rule(`${action} tcp 22 0.0.0.0/0 any 0.0.0.0/0 in`))).toBe(expected)
})
