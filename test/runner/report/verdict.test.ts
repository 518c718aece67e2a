import { expect, it } from 'vitest'
import type { Finding } from '../../../runner/events.ts'
import { verdictOf } from '../../../runner/report/verdict.ts'

const counters = (changed: number): Parameters<typeof verdictOf>[0][number] => ({
  ok: 1,
  changed,
  failed: 0,
  skipped: 0,
  unreachable: 0,
  ms: 1,
})
const warning: Finding = { severity: 'warning', subject: 'disk', text: 'is full' }

it.each([
  [[2, 3], { failures: 1, findings: undefined, check: false }, '1 of 2 hosts failed'],
  [[2, 3], { failures: 0, findings: undefined, check: false }, '5 changed'],
  [[2, 3], { failures: 0, findings: undefined, check: true }, '5 would change'],
  [[0], { failures: 0, findings: undefined, check: true }, 'nothing to change'],
  [[0], { failures: 0, findings: [warning], check: false }, '1 warning'],
  [[0], { failures: 0, findings: [], check: false }, 'all is as it should be'],
] as const)('a run with %j changes and %j comes to: %s', (changed, ending, text) => {
  expect(verdictOf(changed.map(counters), ending)).toBe(text)
})
