import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { MaskedEvent } from '../../../../runner/events.ts'
import { Recorder } from '../../../../runner/report/page/recorder.ts'
import { sampleRun } from '../sample-run.ts'
import { traffic } from './sample-data.ts'

const start: MaskedEvent = { type: 'run-start', playbook: 'P', hosts: ['a', 'b'], check: false, diff: false }
const names = { host: 'a', task: 't' }
const counters = { ok: 0, changed: 0, failed: 1, skipped: 0, unreachable: 0, ms: 1 }

/** A recorder, whose clock goes on by 10 ms with each event. */
function recorded(events: readonly MaskedEvent[], { verbose = false } = {}): Recorder {
  let now = 1000
  const recorder = new Recorder({ verbose, now: () => now })
  for (const event of events) {
    recorder.on(event)
    now += 10
  }
  return recorder
}

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 2), toFake: ['Date'] }))

describe('what a page knows of a run', () => {
  it('is nothing before the run begins', () => {
    expect(recorded([{ type: 'note', text: 'early' }]).data).toBeUndefined()
  })

  it('is when each step began and ended, and what it did', () => {
    const { data } = recorded([
      start,
      { type: 'host-start', host: 'a' },
      { type: 'task-start', ...names, phase: 'run' },
      { type: 'task-retry', ...names, left: 2, error: ['not', 'yet'] },
      { type: 'task-retry', ...names, left: 1, error: ['not', 'yet'] },
      { type: 'task-end', ...names, status: 'changed', ms: 25, change: { summary: 's', diff: ['+a'] } },
      { type: 'note', text: 'n' },
      { type: 'host-end', host: 'a', status: 'done' },
      { type: 'traffic', host: 'a', traffic: traffic() },
      { type: 'findings', host: 'b', findings: [] },
      { type: 'run-end', recap: { a: counters }, ms: 90, failures: [] },
    ])
    expect(data).toMatchObject({
      playbook: 'P',
      startedAt: Date.UTC(2026, 0, 2),
      ms: 90,
      finished: true,
      notes: [{ at: 60, host: null, text: 'n' }],
      findings: [{ host: 'b', findings: [] }],
      traffic: [{ host: 'a', traffic: traffic() }],
    })
    expect(data?.hosts).toEqual([
      {
        name: 'a',
        status: 'done',
        at: 10,
        ms: 60,
        counters,
        error: [],
        steps: [
          {
            task: 't',
            phase: 'run',
            status: 'changed',
            at: 20,
            ms: 25,
            summary: 's',
            diff: ['+a'],
            error: [],
            retries: ['not\nyet'],
            output: [],
          },
        ],
      },
      { name: 'b', status: 'waiting', at: null, ms: 0, counters: null, error: [], steps: [] },
    ])
  })

  it('has what commands printed in a step that failed; in others only if everything is to be shown', () => {
    const events = (status: 'ok' | 'failed' | 'undo-failed'): MaskedEvent[] => [
      start,
      { type: 'task-start', ...names, phase: 'run' },
      { type: 'task-output', ...names, line: 'printed' },
      { type: 'task-end', ...names, status, ms: 1 },
    ]
    const output = (recorder: Recorder): unknown => recorder.data?.hosts[0]?.steps[0]?.output
    expect(output(recorded(events('ok')))).toEqual([])
    expect(output(recorded(events('ok'), { verbose: true }))).toEqual(['printed'])
    expect(output(recorded(events('failed')))).toEqual(['printed'])
    expect(output(recorded(events('undo-failed')))).toEqual(['printed'])
  })

  it('has a diff up to 400 lines', () => {
    const diff = Array.from({ length: 405 }, (_, line) => `+${line}`)
    const { data } = recorded([
      start,
      { type: 'task-start', ...names, phase: 'run' },
      { type: 'task-end', ...names, status: 'changed', ms: 1, change: { summary: 's', diff } },
    ])
    expect(data?.hosts[0]?.steps[0]?.diff.slice(-2)).toEqual(['+399', '… and 5 more lines'])
  })

  it('tells why a host ended where no step did', () => {
    const end = { type: 'host-end', host: 'a', status: 'failed', error: ['why'] } as const
    expect(recorded([start, end]).data?.hosts[0]).toMatchObject({ status: 'failed', error: ['why'] })
    expect(recorded([start, { ...end, task: 't' }]).data?.hosts[0]).toMatchObject({ error: [] })
  })

  it('parts what happened from what to do', () => {
    const failure = { ...names, error: ['it broke', 'mend it'], hints: ['mend it'] }
    const { data } = recorded([
      start,
      { type: 'run-end', recap: {}, ms: 1, failures: [failure, { host: 'b', error: ['no answer'] }] },
    ])
    expect(data?.failures).toEqual([
      { ...names, lines: ['it broke'], hints: ['mend it'] },
      { host: 'b', task: null, lines: ['no answer'], hints: [] },
    ])
  })

  it('is what was done so far if the run is cut off', () => {
    const recorder = recorded([
      start,
      { type: 'host-start', host: 'a' },
      { type: 'task-start', ...names, phase: 'run' },
      { type: 'task-output', ...names, line: 'printed' },
    ])
    expect(recorder.data).toMatchObject({ finished: false, ms: 40 })
    expect(recorder.data?.hosts[0]).toMatchObject({
      status: 'running',
      ms: 30,
      steps: [{ status: 'running', at: 20, ms: 20, output: ['printed'] }],
    })
  })

  it('has a step whose start was not told, and steps that were undone', () => {
    const steps = recorded(sampleRun()).data?.hosts.flatMap((host) => host.steps) ?? []
    expect(steps.map(({ task, status, phase }) => [task, status, phase])).toEqual([
      ['file', 'changed', 'run'],
      ['service', 'ok', 'run'],
      ['later', 'unknown', 'run'],
      ['file', 'changed', 'run'],
      ['start', 'failed', 'run'],
      ['file', 'undone', 'undo'],
      ['older', 'undo-failed', 'undo'],
    ])
    expect(steps.every(({ at }) => at >= 0)).toBe(true)
  })
})
