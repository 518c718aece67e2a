import { describe, expect, it, vi } from 'vitest'
import { UnreachableError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import type { HostUse } from '../../../runner/host/host-connection.ts'
import type { HostConnection } from '../../../runner/host/index.ts'
import { createRuntime, type RuntimeOptions } from '../../../runner/task/runtime.ts'

function made(more: Partial<RuntimeOptions> = {}, lost?: UnreachableError) {
  const events: Event[] = []
  const uses: HostUse[] = []
  const changed = vi.fn<() => void>()
  const reconnect = vi.fn<(generation: number) => Promise<boolean>>(async () => true)
  const connection = {
    name: 'web-1',
    facts: { changed },
    lost: () => lost,
    generation: 4,
    reconnect,
    host: (use: HostUse) => (uses.push(use), 'the host'),
  } as unknown as HostConnection
  const aborter = new AbortController()
  const runtime = createRuntime(connection, {
    check: false,
    signal: aborter.signal,
    emit: (event) => events.push(event),
    state: { wouldChange: false },
    ...more,
  })
  return { runtime, events, uses, changed, reconnect, aborter }
}

describe('a runtime', () => {
  it('passes on to the connection', async () => {
    const { runtime, changed, reconnect } = made()
    runtime.changed()
    expect(changed).toHaveBeenCalledTimes(1)
    expect([runtime.name, runtime.generation(), await runtime.reconnect(2)]).toEqual(['web-1', 4, true])
    expect(reconnect).toHaveBeenCalledWith(2)
    expect(runtime.throwIfLost()).toBeUndefined()
    const gone = new UnreachableError('gone')
    expect(() => made({}, gone).runtime.throwIfLost()).toThrow(gone)
  })

  it('reports what commands print and how far tasks are for the host that outcomes count for, but not what checks print', () => {
    const { runtime, events, uses } = made({ as: 'web-2' })
    expect(runtime.host('a')).toBe('the host')
    runtime.host('a', 'check')
    runtime.host('a', 'uninterruptible')
    expect(uses.map(({ onLine }) => onLine !== undefined)).toEqual([true, false, true])
    expect(uses.map(({ onProgress }) => onProgress !== undefined)).toEqual([true, false, true])
    uses[0]?.onLine?.('one', false)
    uses[0]?.onLine?.('two', true)
    uses[0]?.onProgress?.({ text: '3 of 4', values: { done: 3 } })
    expect(events).toEqual([
      { type: 'task-output', host: 'web-2', task: 'a', line: 'one' },
      { type: 'task-output', host: 'web-2', task: 'a', line: 'two', live: true },
      { type: 'task-progress', host: 'web-2', task: 'a', text: '3 of 4', values: { done: 3 } },
    ])
  })

  it('ends commands with the run or with the deadline, but not those that are uninterruptible', () => {
    const { runtime, uses, aborter } = made()
    const deadline = new AbortController()
    runtime.host('a', 'apply')
    runtime.host('a', 'apply', deadline.signal)
    runtime.host('a', 'uninterruptible', deadline.signal)
    const states = (): unknown[] => uses.map(({ signal }) => signal?.aborted)
    expect(states()).toEqual([false, false, undefined])
    deadline.abort()
    expect(states()).toEqual([false, true, undefined])
    aborter.abort()
    expect(states()).toEqual([true, true, undefined])
  })
})
