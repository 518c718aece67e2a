import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BarrierError, UnreachableError } from '../../../runner/errors.ts'
import type { Event, Status } from '../../../runner/events.ts'
import { RunRecord } from '../../../runner/play/run-record.ts'
import { TaskError } from '../../../runner/task/task-error.ts'

const zero = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
const taskEnd = (status: Status, error?: unknown): Extract<Event, { type: 'task-end' }> => ({
  type: 'task-end',
  host: 'a',
  task: 'x',
  status,
  ms: 1,
  error,
})
const gone = new UnreachableError('gone')

describe('the record of a run', () => {
  it('begins with a line of zeros for each host', () => {
    const record = new RunRecord(['a', 'b'])
    expect(record.recap).toEqual({ a: zero, b: zero })
    expect([record.failures, record.unfinished, record.isOut('a')]).toEqual([[], [], false])
  })

  it.each<[string, Event & { type: 'task-end' }, object]>([
    ['one that changed nothing as ok', taskEnd('ok'), { ok: 1 }],
    ['one that changed something', taskEnd('changed'), { changed: 1 }],
    ['one that failed', taskEnd('failed', new Error('x')), { failed: 1 }],
    ['one that check mode could not check as skipped', taskEnd('unknown'), { skipped: 1 }],
    ['none that was undone', taskEnd('undone'), {}],
    ['none whose undo failed', taskEnd('undo-failed', new Error('x')), {}],
    ['none that ended because its host went away', taskEnd('failed', new Error('x', { cause: gone })), {}],
  ])('counts, of tasks, %s', (_, event, counted) => {
    const record = new RunRecord(['a'])
    record.countTask(event)
    expect(record.recap).toEqual({ a: { ...zero, ...counted } })
  })

  it.each<[string, unknown, string, object, string | undefined]>([
    ['an unreachable host', gone, 'unreachable', { unreachable: 1 }, undefined],
    ['a task that lost its host', new TaskError('a', 'x', 'check', gone), 'unreachable', { unreachable: 1 }, 'x'],
    ['a host that another one stopped', new BarrierError('b failed'), 'skipped', { skipped: 1 }, undefined],
    ['an error outside of tasks', new Error('x'), 'failed', { failed: 1 }, undefined],
    ['a task, which is counted already', new TaskError('a', 'x', 'apply', new Error('y')), 'failed', {}, 'x'],
  ])('takes a host out of the run after a failure: %s', (_, error, status, counted, task) => {
    const record = new RunRecord(['b', 'a'])
    expect(record.fail('a', error)).toBe(status)
    expect(record.recap).toEqual({ b: zero, a: { ...zero, ...counted } })
    expect(record.failures).toEqual([{ host: 'a', task, error }])
    expect([record.isOut('a'), record.isOut('b'), record.unfinished]).toEqual([true, false, ['a']])
  })

  it('takes a host out of the run that is skipped, without a failure', () => {
    const record = new RunRecord(['a'])
    record.skip('a')
    expect(record.recap).toEqual({ a: { ...zero, skipped: 1 } })
    expect([record.failures, record.unfinished]).toEqual([[], ['a']])
  })

  describe('measures', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    it('the time from the first play of a host to its last end, in ms', () => {
      const record = new RunRecord(['a', 'b'])
      record.start('a')
      vi.advanceTimersByTime(100)
      record.end('a')
      record.start('a')
      vi.advanceTimersByTime(50)
      record.end('a')
      record.end('b')
      expect([record.recap.a?.ms, record.recap.b?.ms]).toEqual([150, 0])
    })
  })
})
