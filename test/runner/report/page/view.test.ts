import { describe, expect, it } from 'vitest'
import { viewOf } from '../../../../runner/report/page/view.ts'
import { failedRelease, host, release, run, step } from './sample-data.ts'

describe('what the page says first', () => {
  it.each([
    [release(), true, '18 changed', '2 hosts'],
    [failedRelease(), false, '2 of 2 hosts failed', '2 hosts'],
    [run({ check: true, hosts: [host('a', [step('x', 0, 1, { status: 'changed' })])] }), true, '1 would change', 'a'],
    [run({ hosts: [host('a', [])], finished: false }), false, 'the run was cut off', 'a'],
    [
      run({ findings: [{ host: 'a', findings: [{ severity: 'error', subject: 's', text: 't' }] }] }),
      true,
      '1 error',
      '0 hosts',
    ],
  ])('is how the run ended (%#)', (data, good, verdict, hosts) => {
    expect(viewOf(data)).toMatchObject({ good, verdict, hosts })
    expect(viewOf(data).title).toBe(`${data.playbook}: ${verdict}, 2026-11-27 20:30:12 UTC`)
  })
})

describe('what failed', () => {
  it('stands with what to do, its log and its place in the timeline; who only stopped comes after', () => {
    const { failures, stopped } = viewOf(failedRelease())
    expect(failures).toEqual([
      {
        host: 'web-2',
        task: 'gate',
        step: 'h1s5',
        reason: 'the new slot is not healthy',
        rest: 'Docker says unhealthy; /health answers 500',
        hints: ['Look at its log: docker logs shop-green'],
        output:
          'Traceback (most recent call last):\n  File "/app/shop.py", line 12, in <module>\nKeyError: \'SHOP_MODE\'',
      },
    ])
    expect(stopped).toEqual(['web-1: web-2 failed before shop is ready everywhere, so no host goes past it'])
  })

  it('is a host without a step where none could be begun', () => {
    const data = run({
      hosts: [host('a', [], { status: 'unreachable' })],
      failures: [{ host: 'a', task: null, lines: ['a: no answer'], hints: [] }],
    })
    expect(viewOf(data).failures).toEqual([
      { host: 'a', task: '', step: '', reason: 'no answer', rest: '', hints: [], output: '' },
    ])
  })

  it('is told of a run that was cut off, too', () => {
    expect(viewOf({ ...failedRelease(), finished: false, failures: [] }).failures).toMatchObject([
      { host: 'web-2', task: 'gate', reason: 'the new slot is not healthy' },
    ])
  })
})

it('findings stand one a line, with what to do', () => {
  const findings = [
    { severity: 'error' as const, subject: 'disk', text: 'is full', hint: 'empty it' },
    { severity: 'ok' as const, subject: 'clock', text: 'is right' },
  ]
  expect(viewOf(run({ findings: [{ host: 'a', findings }] })).findings).toEqual([
    { host: 'a', severity: 'error', subject: 'disk', text: 'is full', hint: 'empty it' },
    { host: 'a', severity: 'ok', subject: 'clock', text: 'is right', hint: '' },
  ])
})
