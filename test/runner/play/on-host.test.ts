import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { BarrierError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { Semaphore } from '../../../runner/semaphore.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { Barriers } from '../../../runner/play/barrier.ts'
import { onHost, type OnHost, type PlayShared } from '../../../runner/play/on-host.ts'
import { TaskFilter } from '../../../runner/play/task-filter.ts'
import { UnawaitedWork } from '../../../runner/play/unawaited-work.ts'
import type { Runtime, Task } from '../../../runner/task/index.ts'
import { fakeRuntime, switchTask } from '../task/fake-runtime.ts'

const { hosts } = parseInventory('hosts: { a: {}, b: {} }\nvars: { port: 80 }\n', 'i.yaml', z.unknown())

/** A play on the hosts a and b, of which `on` is the first one's. */
function made(more: Partial<PlayShared> = {}, runtimeOf: Partial<Runtime> = {}) {
  const fake = fakeRuntime({ name: 'a', ...runtimeOf })
  const other = fakeRuntime({ name: 'a' })
  const notes: Event[] = []
  const connected: string[] = []
  const unawaited = new UnawaitedWork()
  const shared: PlayShared = {
    filter: new TaskFilter(),
    barriers: new Barriers(['a', 'b'], false),
    limit: new Semaphore(1),
    once: new Map(),
    signal: new AbortController().signal,
    check: false,
    emit: (event) => void notes.push(event),
    delegateTo: async (name, as) => {
      connected.push(`${as} to ${name}`)
      return { mutex: new Semaphore(1), runtime: other.runtime }
    },
    ...more,
  }
  const [on, onB] = hosts.map((host) => onHost(host, fake.runtime, shared, unawaited)) as [
    OnHost<unknown>,
    OnHost<unknown>,
  ]
  return { ...fake, other, notes, connected, unawaited, shared, on, onB }
}
const ended = (log: readonly string[]): string[] => log.filter((line) => line !== 'changed')

describe('on a host, a playbook', () => {
  it('has the host with its variables, and whether this is a check', () => {
    const { on } = made()
    expect(on.host).toBe(hosts[0])
    expect(on.vars).toEqual({ port: 80 })
    expect([on.check, made({ check: true }).on.check]).toEqual([false, true])
  })

  it('reads facts and files outside of a task, also when the run is interrupted', () => {
    const { on } = made()
    expect(on.view).toEqual({ task: '', purpose: 'check' })
    expect(on.uninterruptible).toEqual({ task: '', purpose: 'uninterruptible' })
  })

  it('says something for this host', () => {
    const { on, notes } = made()
    on.say('hello')
    expect(notes).toEqual([{ type: 'note', host: 'a', text: 'hello' }])
  })

  it('reports what users asked meanwhile', () => {
    const { on, notes } = made()
    const traffic = { subject: 'shop', versions: [], samples: [], marks: [] }
    on.measured(traffic)
    expect(notes).toEqual([{ type: 'traffic', host: 'a', traffic }])
  })

  it('runs the tasks that are chosen, and the waits between them', async () => {
    const { on, log } = made({ filter: new TaskFilter({ skipTags: ['x'] }) })
    const outcomes = await on.run(
      switchTask('one'),
      { wait: 'w', until: async () => void log.push('waited') },
      switchTask('two', { tags: ['x'] }),
      switchTask('three'),
    )
    expect([...outcomes.values()].map(({ change }) => change?.summary)).toEqual(['turn one on', 'turn three on'])
    expect(ended(log)).toEqual(['changed one', 'waited', 'changed three'])
  })

  it('starts at a task on its own account', async () => {
    const { on, onB } = made({ filter: new TaskFilter({ startAt: 'two' }) })
    const run = (each: OnHost<unknown>, name: string) => each.run(switchTask(name))
    const outcomes = [
      await run(on, 'two'),
      await run(on, 'one'),
      await run(onB, 'one'),
      await onB.transaction(switchTask('one')),
      await onB.delegate('db', switchTask('one')),
    ]
    expect(outcomes.map(({ size }) => size)).toEqual([1, 1, 0, 0, 0])
  })

  it('runs a transaction, which is undone if a step fails', async () => {
    const { on, log } = made()
    await expect(
      on.transaction(
        switchTask('one', { undo: async () => undefined }),
        switchTask('two', { check: () => Promise.reject(new Error('broken')) }),
      ),
    ).rejects.toThrow('a: two: check failed')
    expect(ended(log)).toEqual(['changed one', 'failed two', 'undone one'])
  })

  it('runs the handlers that were notified when it asks for them', async () => {
    const { on, log } = made()
    await on.run(switchTask('one', { notify: [switchTask('restart')] }))
    expect(ended(log)).toEqual(['changed one'])
    await on.flush()
    expect(ended(log)).toEqual(['changed one', 'changed restart'])
  })

  it('delegates tasks to another host', async () => {
    const { on, other, connected, log } = made()
    const one = switchTask('one')
    expect((await on.delegate('db', one)).get(one)).toEqual({ status: 'changed', change: { summary: 'turn one on' } })
    expect([connected, ended(other.log), log]).toEqual([['a to db'], ['changed one → db'], []])
  })

  it.each(['run', 'transaction', 'delegate'] as const)('takes no function for a task in %s', async (way) => {
    const { on, connected } = made()
    const notCalled = (() => [switchTask('one')]) as unknown as Task
    const refused = way === 'delegate' ? on.delegate('db', notCalled) : on[way](notCalled)
    await expect(refused).rejects.toMatchObject({ message: `${way}() was given something that is not a task` })
    expect(connected).toEqual([])
  })

  it('delegates nothing once it must not go on', async () => {
    const proceed = (): never => {
      throw new BarrierError('b failed')
    }
    const { on, other } = made({}, { proceed })
    await expect(on.delegate('db', switchTask('one'))).rejects.toThrow('b failed')
    expect(other.events).toEqual([])
  })
})

describe('a barrier', () => {
  it('lets another host work while one waits', async () => {
    const { on, onB, shared } = made()
    const log: string[] = []
    const work = (each: OnHost<unknown>) =>
      shared.limit.run(async () => {
        const { name } = each.host
        log.push(`${name} waits`)
        await each.run(each.barrier('gate'))
        log.push(`${name} goes on`)
      })
    await Promise.all([work(on), work(onB)])
    expect(log.slice(0, 2)).toEqual(['a waits', 'b waits'])
    expect(log.slice(2).sort()).toEqual(['a goes on', 'b goes on'])
  })

  it('is a step with the name of its gate', () => {
    expect(made().on.barrier('gate')).toEqual({ wait: 'gate', until: expect.any(Function) as unknown })
  })

  it('fails with another host, and by an interruption', async () => {
    const { on, shared } = made()
    const waiting = shared.limit.run(() => on.run(on.barrier('gate')))
    shared.barriers.fail('b', new Error('broken'))
    await expect(waiting).rejects.toThrow('b failed before gate, so no host goes past it')
    const aborted = made({ signal: AbortSignal.abort() })
    await expect(aborted.shared.limit.run(() => aborted.on.run(aborted.on.barrier('gate')))).rejects.toThrow(
      'interrupted while waiting',
    )
  })
})

describe('what is done once', () => {
  it('is done by one host, for all', async () => {
    const { on, onB, shared } = made()
    const token = (each: OnHost<unknown>) =>
      shared.limit.run(() => each.once('token', async () => `from ${each.host.name}`))
    expect(await Promise.all([token(on), token(onB)])).toEqual(['from a', 'from a'])
    expect([...shared.once].map(([name, { host }]) => [name, host])).toEqual([['token', 'a']])
  })

  it.each([
    [undefined, "a failed in 'token', which is done once for all hosts: broken"],
    [{}, "a failed in 'token', which is done once for all hosts: broken"],
    [{ otherwiseNext: false }, "a failed in 'token', which is done once for all hosts: broken"],
    [{ otherwiseNext: true }, 'from b'],
  ])('fails for all, or is tried by the next host: %j', async (options, expected) => {
    const { on, onB, shared } = made()
    await expect(
      shared.limit.run(() => on.once('token', () => Promise.reject(new Error('broken')), options)),
    ).rejects.toThrow('broken')
    const next = await shared.limit
      .run(() => onB.once('token', async () => 'from b', options))
      .catch((error: unknown) => (error as Error).message)
    expect(next).toBe(expected)
  })
})

describe('what is started without await is found', () => {
  it.each<[string, (on: OnHost<unknown>) => Promise<unknown>]>([
    ['run(…)', (on) => on.run(switchTask('one'))],
    ['transaction(…)', (on) => on.transaction(switchTask('one'))],
    ['once(…)', (on) => on.once('token', async () => 'x')],
    ['delegate(…)', (on) => on.delegate('db', switchTask('one'))],
    ['flush()', (on) => on.flush()],
  ])('%s', async (call, start) => {
    const { on, unawaited } = made()
    void start(on)
    await expect(unawaited.end()).rejects.toThrow(`${call} was started without await`)
  })
})
