import { describe, expect, it } from 'vitest'
import { CommandError, CutoverError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { maskEvent } from '../../../runner/report/mask-event.ts'

const mask = (text: string): string => text.replaceAll('secret', '••••••').replaceAll('one\ntwo', '••••••')
const error = new CutoverError('a secret', {
  cause: new CommandError('cat secret', { host: 'web-1', exitCode: 1, output: 'secret out' }),
  hint: 'no secret',
})
const lines = ['a ••••••', 'no ••••••', 'cat •••••• ended with 1', '  •••••• out']
const counters = { ok: 1, changed: 2, failed: 3, skipped: 4, unreachable: 5, ms: 6 }
const names = { host: 'h-secret', task: 't-secret' }
const masked = { host: 'h-••••••', task: 't-••••••' }

/** An event of each type with a secret in every text, and what reporters get of it. */
const each = {
  'run-start': [
    { type: 'run-start', playbook: 'p-secret', hosts: ['h-secret', 'b'], check: true, diff: false },
    { type: 'run-start', playbook: 'p-••••••', hosts: ['h-••••••', 'b'], check: true, diff: false },
  ],
  'host-start': [
    { type: 'host-start', host: 'h-secret' },
    { type: 'host-start', host: 'h-••••••' },
  ],
  'host-connected': [
    { type: 'host-connected', host: 'h-secret', ms: 1 },
    { type: 'host-connected', host: 'h-••••••', ms: 1 },
  ],
  'task-start': [
    { type: 'task-start', ...names, phase: 'undo' },
    { type: 'task-start', ...masked, phase: 'undo' },
  ],
  'task-retry': [
    { type: 'task-retry', ...names, left: 2, error },
    { type: 'task-retry', ...masked, left: 2, error: ['a ••••••'] },
  ],
  'task-output': [
    { type: 'task-output', ...names, line: 'secret', live: true },
    { type: 'task-output', ...masked, line: '••••••', live: true },
  ],
  'task-progress': [
    { type: 'task-progress', ...names, text: 'secret 1', values: { done: 1 } },
    { type: 'task-progress', ...masked, text: '•••••• 1', values: { done: 1 } },
  ],
  'task-end': [
    {
      type: 'task-end',
      ...names,
      status: 'failed',
      ms: 1,
      change: { summary: 's-secret', before: 'secret 1', after: 'secret 2' },
      error,
    },
    {
      type: 'task-end',
      ...masked,
      status: 'failed',
      ms: 1,
      change: { summary: 's-••••••', diff: ['@@ -1,1 +1,1 @@', '-•••••• 1', '+•••••• 2'] },
      error: lines,
    },
  ],
  'host-end': [
    { type: 'host-end', ...names, status: 'failed', error },
    { type: 'host-end', ...masked, status: 'failed', error: lines },
  ],
  note: [
    { type: 'note', host: 'h-secret', text: 'n-secret' },
    { type: 'note', host: 'h-••••••', text: 'n-••••••' },
  ],
  findings: [
    {
      type: 'findings',
      host: 'h-secret',
      findings: [
        { severity: 'error', subject: 's-secret', text: 't-secret', hint: 'h-secret' },
        { severity: 'ok', subject: 'b', text: 'c' },
      ],
    },
    {
      type: 'findings',
      host: 'h-••••••',
      findings: [
        { severity: 'error', subject: 's-••••••', text: 't-••••••', hint: 'h-••••••' },
        { severity: 'ok', subject: 'b', text: 'c' },
      ],
    },
  ],
  traffic: [
    {
      type: 'traffic',
      host: 'h-secret',
      traffic: {
        subject: 's-secret',
        versions: ['v-secret', 'b'],
        samples: [{ at: 1, ms: 1, version: 'v-secret', requests: 2, failed: 1, p95: 3 }],
        marks: [{ at: 1, what: 'w-secret' }],
      },
    },
    {
      type: 'traffic',
      host: 'h-••••••',
      traffic: {
        subject: 's-••••••',
        versions: ['v-••••••', 'b'],
        samples: [{ at: 1, ms: 1, version: 'v-••••••', requests: 2, failed: 1, p95: 3 }],
        marks: [{ at: 1, what: 'w-••••••' }],
      },
    },
  ],
  'run-end': [
    { type: 'run-end', recap: { 'h-secret': counters }, ms: 1, failures: [{ ...names, error }] },
    {
      type: 'run-end',
      recap: { 'h-••••••': counters },
      ms: 1,
      failures: [{ ...masked, error: lines, hints: ['no ••••••'] }],
    },
  ],
} satisfies Record<Event['type'], [Event, unknown]>

describe('an event as reporters get it', () => {
  it.each(Object.entries(each) as [string, [Event, unknown]][])(
    '%s has no secret in any text',
    (_, [event, expected]) => {
      expect(maskEvent(event, mask)).toEqual(expected)
    },
  )

  it('keeps a change between two secrets visible', () => {
    const change = { summary: 'x', before: 'secret', after: 'one' }
    const event = maskEvent({ type: 'task-end', host: 'a', task: 't', status: 'changed', ms: 1, change }, () => '•')
    expect(event).toMatchObject({ change: { diff: ['•', '•', '•'] } })
  })

  it('has a diff only where there are texts to compare', () => {
    const of = (change: { summary: string; before?: string; after?: string }): unknown =>
      maskEvent({ type: 'task-end', host: 'a', task: 't', status: 'changed', ms: 1, change }, mask)
    expect(of({ summary: 'x' })).toMatchObject({ change: { summary: 'x' } })
    expect(JSON.stringify(of({ summary: 'x' }))).not.toContain('diff')
    expect(of({ summary: 'x', after: 'a\n' })).toMatchObject({ change: { diff: ['@@ -0,0 +1,1 @@', '+a'] } })
    expect(of({ summary: 'x', before: 'a\n' })).toMatchObject({ change: { diff: ['@@ -1,1 +0,0 @@', '-a'] } })
  })

  it('is masked before an error is cut into lines: a secret may have several', () => {
    const event = maskEvent({ type: 'host-end', host: 'a', status: 'failed', error: new Error('x one\ntwo y') }, mask)
    expect(event).toMatchObject({ error: ['x •••••• y'] })
  })

  it('stays without an error, a host or a task where it has none', () => {
    expect(maskEvent({ type: 'host-end', host: 'a', status: 'done' }, mask)).toEqual({
      type: 'host-end',
      host: 'a',
      status: 'done',
    })
    expect(maskEvent({ type: 'note', text: 'x' }, mask)).toEqual({ type: 'note', text: 'x' })
    expect(maskEvent({ type: 'run-end', recap: {}, ms: 1, failures: [{ host: 'a', error: undefined }] }, mask)).toEqual(
      {
        type: 'run-end',
        recap: {},
        ms: 1,
        failures: [{ host: 'a', error: [] }],
      },
    )
  })
})
