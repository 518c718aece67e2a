import { describe, expect, it } from 'vitest'
import { BarrierError, UnreachableError } from '../../../runner/errors.ts'
import { flush } from '../../../runner/play/flush.ts'
import type { Runtime, Task } from '../../../runner/task/index.ts'
import type { PendingHandlers } from '../../../runner/task/pending-handlers.ts'
import { type FakeRuntime, fakeRuntime, switchTask } from '../task/fake-runtime.ts'

const failing = (name: string): Task => switchTask(name, { check: () => Promise.reject(new Error(`${name} broke`)) })

/** A runtime with notified handlers, which also logs the notes that are removed. */
function notified(handlers: readonly Task[], more: Partial<Runtime> = {}): FakeRuntime {
  const pendingHandlers: PendingHandlers = {
    among: async () => [],
    note: async () => undefined,
    settle: async (host, { name }) => void fake.log.push(`settle ${name} ${JSON.stringify(host)}`),
  }
  const fake = fakeRuntime({ pendingHandlers, ...more })
  for (const handler of handlers) fake.runtime.notified.set(handler.name, handler)
  return fake
}

describe('handlers', () => {
  it('run in the order in which they were notified, and then their notes are removed', async () => {
    const { runtime, log } = notified([switchTask('a'), switchTask('b')])
    await flush(runtime)
    expect(log).toEqual([
      'changed',
      'changed a',
      'settle a {"task":"a","purpose":"check"}',
      'changed',
      'changed',
      'changed b',
      'settle b {"task":"b","purpose":"check"}',
      'changed',
    ])
    expect(runtime.notified.size).toBe(0)
  })

  it('are none if none was notified', async () => {
    const { runtime, events, log } = notified([])
    await flush(runtime)
    expect([events, log]).toEqual([[], []])
  })

  it('keep no notes where there are none', async () => {
    const { runtime, log } = notified([switchTask('a')], { pendingHandlers: undefined })
    await flush(runtime)
    expect(log).toEqual(['changed', 'changed a', 'changed'])
  })

  it('remove no note, and throw no fact away, in check mode', async () => {
    const { runtime, log } = notified([switchTask('a')], { check: true })
    await flush(runtime)
    expect(log).toEqual(['changed a'])
    expect(runtime.notified.size).toBe(0)
  })

  it('run that other handlers notify, once each', async () => {
    const last = switchTask('last')
    const first = switchTask('first', { notify: [last] })
    const again = switchTask('again', { notify: [first, last] })
    const { runtime, events } = notified([first, again])
    await flush(runtime)
    expect(events.flatMap((event) => (event.type === 'task-start' ? [event.task] : []))).toEqual([
      'first',
      'again',
      'last',
    ])
    expect(runtime.notified.size).toBe(0)
  })

  it('run even if others fail; the first error is the one, and its note stays', async () => {
    const { runtime, log } = notified([switchTask('a'), failing('b'), failing('c'), switchTask('d')])
    const error: unknown = await flush(runtime).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ message: 'h: b: check failed', cause: { message: 'b broke' } })
    expect(log.filter((line) => line !== 'changed')).toEqual([
      'changed a',
      'settle a {"task":"a","purpose":"check"}',
      'failed b',
      'failed c',
      'changed d',
      'settle d {"task":"d","purpose":"check"}',
    ])
    expect(runtime.notified.size).toBe(0)
  })

  it('run even if other hosts failed', async () => {
    const proceed = (): never => {
      throw new BarrierError('web-2 failed')
    }
    const { runtime, log } = notified([switchTask('a')], { proceed })
    await flush(runtime)
    expect(log).toContain('changed a')
    expect(runtime.proceed).toBe(proceed)
  })

  it('remove their notes over a new connection if the old one was lost', async () => {
    let lost = true
    const { runtime, log } = notified([switchTask('a')], {
      pendingHandlers: {
        among: async () => [],
        note: async () => undefined,
        settle: async () => {
          if (lost) throw new UnreachableError('gone')
          log.push('settle')
        },
      },
      reconnect: async () => !(lost = false),
    })
    await flush(runtime)
    expect(log).toEqual(['changed', 'changed a', 'settle', 'changed'])
  })

  it('fail if their note cannot be removed', async () => {
    const gone = new UnreachableError('gone')
    const { runtime } = notified([switchTask('a')], {
      pendingHandlers: { among: async () => [], note: async () => undefined, settle: () => Promise.reject(gone) },
    })
    await expect(flush(runtime)).rejects.toBe(gone)
  })
})
