import { expect, it } from 'vitest'
import { answers } from './builders.ts'
import { type CutOver, cutOverSummary } from '../../../tasks/blue-green/cut-over-summary.ts'

const cut: CutOver = { from: 'v1.1.0', to: 'v1.2.0', switchedAfter: 3_140, requests: 600, failed: 0 }
const release = { app: 'shop', kind: 'release', named: false } as const
const back = 'rollback: npx tsx playbooks/rollback.ts'

it.each<[string, CutOver[], Parameters<typeof cutOverSummary>[1], string | null]>([
  ['nothing where nothing was switched', [], release, null],
  [
    'the slowest host, and all requests',
    [cut, { ...cut, switchedAfter: 2_000, requests: 604, failed: 2 }],
    release,
    `shop v1.1.0 → v1.2.0 on 2 hosts, switched after 3.1 s, 2 of 1,204 requests failed during the cut-over, ${back}`,
  ],
  [
    'the app, where its name is needed to go back',
    [cut],
    { ...release, named: true },
    `shop v1.1.0 → v1.2.0 on 1 host, switched after 3.1 s, 0 of 600 requests failed during the cut-over, ${back} --app shop`,
  ],
  [
    'how fast the requests of all hosts were answered',
    [
      { ...cut, durations: { now: answers(10).durations, before: answers(19).durations } },
      { ...cut, durations: { now: answers(10).durations, before: {} } },
    ],
    { ...release, kind: 'rollback' },
    'shop v1.1.0 → v1.2.0 on 2 hosts, switched after 3.1 s, 0 of 1,200 requests failed during the cut-over, p95 20 ms',
  ],
  [
    'how fast they were answered before, if that is known',
    [{ ...cut, durations: { now: answers(20).durations, before: answers(20).durations } }],
    release,
    `shop v1.1.0 → v1.2.0 on 1 host, switched after 3.1 s, 0 of 600 requests failed during the cut-over, p95 20 ms (20 ms before), ${back}`,
  ],
  [
    'what its canaries had to answer',
    [
      { ...cut, canary: { share: 10, seconds: 300, requests: 1_000, failed: 0 } },
      { ...cut, canary: { share: 10, seconds: 300, requests: 204, failed: 1 } },
    ],
    release,
    `shop v1.1.0 → v1.2.0 on 2 hosts, a canary of 10 % for 5 min: 1 of its 1,204 requests failed, switched after 3.1 s, 0 of 1,200 requests failed during the cut-over, ${back}`,
  ],
  [
    'no former tag where hosts had several',
    [cut, { ...cut, from: 'v1.0.0' }],
    release,
    `shop v1.2.0 on 2 hosts, switched after 3.1 s, 0 of 1,200 requests failed during the cut-over, ${back}`,
  ],
  [
    'no way back from a first release',
    [{ ...cut, from: null }],
    release,
    'shop v1.2.0 on 1 host, switched after 3.1 s, 0 of 600 requests failed during the cut-over',
  ],
  [
    'no way back from a rollback',
    [cut],
    { ...release, kind: 'rollback' },
    'shop v1.1.0 → v1.2.0 on 1 host, switched after 3.1 s, 0 of 600 requests failed during the cut-over',
  ],
])('a release is told in one line: %s', (_, cuts, options, expected) => {
  expect(cutOverSummary(cuts, options)).toBe(expected)
})
