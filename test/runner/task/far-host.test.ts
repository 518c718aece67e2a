import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Session } from '../../../runner/connection/index.ts'
import type { Event } from '../../../runner/events.ts'
import { HostConnection } from '../../../runner/host/index.ts'
import type { InventoryHost } from '../../../runner/inventory/index.ts'
import { runTasks } from '../../../runner/task/run-tasks.ts'
import { createRuntime } from '../../../runner/task/runtime.ts'
import type { Task } from '../../../runner/task/task.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A host 100 ms away with some switches: `test NAME` looks at one, and `on NAME` and `off NAME` change it. */
function farHost({ check = false, stuck = '' } = {}) {
  const on = new Set<string>()
  const commands: string[] = []
  const events: Event[] = []
  // What is sent in one moment is answered in one.
  const trips = new Map<number, Promise<void>>()
  const trip = (): Promise<void> => {
    const now = performance.now()
    const made = trips.get(now) ?? new Promise((resolve) => setTimeout(resolve, 100))
    trips.set(now, made)
    return made
  }
  const session = {
    run: async (script: string, options: NonNullable<Parameters<Session['run']>[1]> = {}) => {
      const [verb = '', name = ''] = script.replace('set -eu; ', '').split(' ')
      commands.push(`${verb} ${name}`)
      await trip()
      options.started?.()
      if (verb === 'on' && name !== stuck) on.add(name)
      if (verb === 'off') on.delete(name)
      return verb === 'test' && !on.has(name) ? 1 : 0
    },
    lost: () => undefined,
  } as unknown as Session
  const connection = new HostConnection({
    entry: { name: 'far', connection: 'ssh', target: {} } as unknown as InventoryHost,
    session,
    openSession: () => Promise.reject(new Error('not here')),
    signal: new AbortController().signal,
    emit: () => undefined,
    mask: (text) => text,
  })
  const runtime = createRuntime(connection, {
    check,
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
    state: { wouldChange: false },
  })
  /** Runs tasks. @returns how each ended, and how often somebody waited for the host */
  async function run(...tasks: readonly Task[]) {
    const since = performance.now()
    let took = 0
    const running = runTasks(runtime, tasks).finally(() => (took = performance.now() - since))
    const ended = running.then(
      (outcomes) => outcomes.map(({ status }) => status),
      (error: Error) => [error.message],
    )
    await vi.runAllTimersAsync()
    return { ended: await ended, trips: Math.round(took / 100) }
  }
  return { on, commands, run }
}

/** A switch is on. */
const turned = (name: string, more: Partial<Task> = {}): Task => ({
  name,
  check: async (host) => {
    const { exitCode } = await host.$({ nothrow: true })`test ${name}`
    return exitCode === 0 ? null : { summary: 'on' }
  },
  apply: (host) => host.$`on ${name}`,
  ...more,
})

it('tasks that change something take one round trip each, with all their checks', async () => {
  const { run, commands } = farHost()
  expect(await run(turned('a'), turned('b'), turned('c'))).toEqual({
    ended: ['changed', 'changed', 'changed'],
    trips: 4,
  })
  expect(commands.slice(3)).toEqual(['on a', 'test a', 'test b', 'on b', 'test b', 'test c', 'on c', 'test c'])
})

it('tasks with nothing to change after one that changed something take no round trip', async () => {
  const { run, on } = farHost()
  for (const name of ['b', 'c', 'd']) on.add(name)
  expect(await run(turned('a'), turned('b'), turned('c'), turned('d'))).toEqual({
    ended: ['changed', 'ok', 'ok', 'ok'],
    trips: 2,
  })
})

it('a task of several commands is checked after the last one, together with the next', async () => {
  const { run } = farHost()
  const twice = turned('a', {
    apply: async (host) => {
      await host.$`off a`
      await host.$`on a`
    },
  })
  expect(await run(twice, turned('b'))).toEqual({ ended: ['changed', 'changed'], trips: 5 })
})

it('a task whose change is not seen at once is checked again before it fails', async () => {
  const { run, commands } = farHost({ stuck: 'a' })
  expect((await run(turned('a'), turned('b'))).ended).toEqual([expect.stringContaining('a: ')])
  expect(commands).toEqual(['test a', 'test b', 'on a', 'test a', 'test b', 'test a'])
})

it('a check that fails with what was asked ahead is made once more', async () => {
  const { run, commands, on } = farHost()
  let fails = true
  const flaky = turned('b', {
    check: async (host) => {
      await host.$({ nothrow: true })`test b`
      // As if the service of the task before were not ready yet.
      if (commands.includes('on a') && fails) {
        fails = false
        throw new Error('not ready')
      }
      return null
    },
  })
  on.add('b')
  expect((await run(turned('a'), flaky)).ended).toEqual(['changed', 'ok'])
})

it('the check of a task sees what the one before it left in a variable', async () => {
  const { run } = farHost()
  let left: string | undefined
  const writer = turned('a', {
    apply: async (host) => {
      await host.$`on a`
      left = 'b'
    },
  })
  const reader = turned('b', {
    check: async (host) => {
      const { exitCode } = await host.$({ nothrow: true })`test b`
      return left === undefined || exitCode === 0 ? null : { summary: left }
    },
  })
  expect((await run(writer, reader)).ended).toEqual(['changed', 'changed'])
})

it('a task that goes on after its command, or acts in another way, is checked after its end', async () => {
  const { run, on } = farHost()
  const slow = turned('a', {
    apply: async (host) => {
      await host.$`on a`
      await new Promise((resolve) => setTimeout(resolve, 300))
      on.delete('a')
    },
  })
  expect((await run(slow)).ended).toEqual([expect.stringContaining('a: ')])
})

it('in check mode all that follows a change is asked together', async () => {
  const { run } = farHost({ check: true })
  expect(await run(turned('a'), turned('b'), turned('c'))).toEqual({
    ended: ['changed', 'changed', 'changed'],
    trips: 2,
  })
})

it('nothing that was asked ahead outlives its run', async () => {
  const { run, on } = farHost()
  await run(turned('a'), turned('b', { check: async () => null }), turned('c'))
  on.delete('c')
  expect(await run(turned('c'))).toMatchObject({ ended: ['changed'] })
})
