import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MaskedEvent } from '../../../runner/events.ts'
import { type HostState, Model } from '../../../runner/report/model.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const start: MaskedEvent = { type: 'run-start', playbook: 'Deploy', hosts: ['a', 'b'], check: true, diff: false }
const step = (more: object = {}): MaskedEvent => ({ type: 'task-start', host: 'a', task: 't', phase: 'run', ...more })

/** The state of a host after some events, a second apart. */
function after(events: readonly MaskedEvent[], all = false): HostState | undefined {
  const model = new Model({ all })
  for (const event of [start, ...events]) {
    model.on(event)
    vi.advanceTimersByTime(1000)
  }
  return model.hosts.get('a')
}

describe('a run as it is drawn', () => {
  it('knows its playbook, whether it is a check, and its hosts, which wait', () => {
    const model = new Model()
    expect([model.playbook, model.check, [...model.hosts]]).toEqual(['', false, []])
    model.on(start)
    expect([model.playbook, model.check]).toEqual(['Deploy', true])
    expect([...model.hosts.values()]).toEqual(
      ['a', 'b'].map((name) => ({ name, state: 'waiting', since: 0, ms: 0, ok: 0, steps: [], current: undefined })),
    )
  })

  it('counts no time for a host that ended without a start', () => {
    expect(after([{ type: 'host-end', host: 'a', status: 'skipped' }])).toMatchObject({ state: 'skipped', ms: 0 })
  })

  it('keeps notes, with the host that they are about', () => {
    const model = new Model()
    model.on({ type: 'note', text: 'for all' })
    model.on({ type: 'note', host: 'a', text: 'for one' })
    expect(model.notes).toEqual(['for all', 'a: for one'])
  })

  it('counts the time of a host from its start to its end', () => {
    const state = after([
      { type: 'host-start', host: 'a' },
      { type: 'host-connected', host: 'a', ms: 1 },
      step(),
      { type: 'host-end', host: 'a', status: 'failed' },
    ])
    expect(state).toMatchObject({ state: 'failed', ms: 3000, current: undefined })
    expect(after([{ type: 'host-start', host: 'a' }])).toMatchObject({ state: 'running' })
  })

  it('learns of a host that was not among those of the start', () => {
    const model = new Model()
    model.on({ type: 'host-start', host: 'c' })
    expect(model.hosts.get('c')).toMatchObject({ state: 'running' })
  })
})

describe('the step that runs', () => {
  it.each([
    ['run', false],
    ['undo', true],
  ] as const)('in the phase %s', (phase, undo) => {
    expect(after([step({ phase })])?.current).toMatchObject({ task: 't', undo, lastLine: '' })
  })

  it.each([
    ['live output', { live: true }, false, 'x'],
    ['other output', {}, false, ''],
    ['other output, when all is shown', {}, true, 'x'],
    ['output of another task', { live: true, task: 'u' }, false, ''],
  ])('shows of %s: %j, all: %s', (_, more, all, lastLine) => {
    const output = { type: 'task-output', host: 'a', task: 't', line: 'x', ...more } as MaskedEvent
    expect(after([step(), output], all)?.current?.lastLine).toBe(lastLine)
    expect(after([output], all)?.current).toBeUndefined()
  })

  it.each([
    ['its own progress', 't', '3 of 4'],
    ['no progress of another task', 'u', ''],
  ])('shows %s', (_, task, lastLine) => {
    const progress: MaskedEvent = { type: 'task-progress', host: 'a', task, text: '3 of 4' }
    expect(after([step(), progress])?.current?.lastLine).toBe(lastLine)
  })

  it('shows that it is tried again', () => {
    const retry: MaskedEvent = { type: 'task-retry', host: 'a', task: 't', left: 2, error: ['not', 'yet'] }
    expect(after([step(), retry])?.current?.lastLine).toBe('again (2 left): not\nyet')
    expect(after([retry])?.current).toBeUndefined()
  })
})

describe('a step that ended', () => {
  const ended = { type: 'task-end', host: 'a', task: 't', ms: 5 } as const
  it.each([
    ['ok', false, 1, []],
    ['ok', true, 1, [{ task: 't', status: 'ok', ms: 5 }]],
    ['changed', false, 0, [{ task: 't', status: 'changed', ms: 5 }]],
    ['failed', false, 0, [{ task: 't', status: 'failed', ms: 5 }]],
  ] as const)('with %s, all: %s', (status, all, ok, steps) => {
    expect(after([step(), { ...ended, status }], all)).toMatchObject({ ok, steps, current: undefined })
  })

  it('keeps its change', () => {
    const change = { summary: 'x' }
    expect(after([{ ...ended, status: 'changed', change }])?.steps[0]?.change).toBe(change)
  })
})
