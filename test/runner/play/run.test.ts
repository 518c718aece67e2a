import { afterEach, describe, expect, it, vi } from 'vitest'
import { MissingError, UnreachableError } from '../../../runner/errors.ts'
import { ConnectionPool } from '../../../runner/host/connection-pool.ts'
import { beginMeanwhile } from '../../../runner/play/meanwhile.ts'
import type { OnHost } from '../../../runner/play/on-host.ts'
import type { OnOptions } from '../../../runner/play/on-options.ts'
import { TaskFilter } from '../../../runner/play/task-filter.ts'
import type { Task } from '../../../runner/task/task.ts'
import { switchTask, withoutTimes } from '../task/fake-runtime.ts'
import { scriptedPlay } from './scripted-play.ts'

afterEach(() => void vi.restoreAllMocks())

const holds = (name: string): Task => ({ name, check: async () => null, apply: async () => undefined })
const fails = (name: string): Task => ({
  name,
  check: () => Promise.reject(new Error('broken')),
  apply: async () => undefined,
})
const work =
  (...failing: string[]): ((on: OnHost<unknown>) => Promise<void>) =>
  async ({ host, run }) =>
    void (await run(failing.includes(host.name) ? fails('work') : holds('work')))

describe('a run', () => {
  it('emits all that happens, in order', async () => {
    const { on, events } = scriptedPlay(['a'])
    const handler = switchTask('restart')
    await on({}, async ({ run, say }) => {
      await run(switchTask('file', { notify: [handler] }))
      say('hello')
    })
    const counters = { ok: 0, changed: 2, failed: 0, skipped: 0, unreachable: 0, ms: expect.any(Number) as number }
    expect(withoutTimes(events)).toEqual([
      { type: 'run-start', playbook: 'test', hosts: ['a'], check: false, diff: false },
      { type: 'host-start', host: 'a' },
      { type: 'task-start', host: 'a', task: 'file', phase: 'run' },
      { type: 'task-end', host: 'a', task: 'file', status: 'changed', change: { summary: 'turn file on' } },
      { type: 'note', host: 'a', text: 'hello' },
      { type: 'task-start', host: 'a', task: 'restart', phase: 'run' },
      { type: 'task-end', host: 'a', task: 'restart', status: 'changed', change: { summary: 'turn restart on' } },
      { type: 'host-end', host: 'a', status: 'done', error: undefined, task: undefined },
      { type: 'run-end', recap: { a: counters }, failures: [] },
    ])
  })

  it('has no events if no play began', async () => {
    const { run, events } = scriptedPlay(['a'])
    expect(await run.end()).toEqual({
      recap: { a: { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 } },
      failures: [],
      worst: 'ok',
      unfinished: [],
      started: false,
    })
    expect(events).toEqual([])
  })

  it('starts once, however many plays it has, and a host that failed takes no part in later ones', async () => {
    const { run, hosts, events } = scriptedPlay(['a', 'b'])
    await run.on(hosts, { keepGoing: true }, work('a'))
    await run.on(hosts, {}, work())
    const { unfinished, started, failures } = await run.end()
    expect([unfinished, started, failures.map(({ host, task }) => [host, task])]).toEqual([
      ['a'],
      true,
      [['a', 'work']],
    ])
    expect(events.filter(({ type }) => type === 'run-start')).toHaveLength(1)
    expect(events.flatMap((event) => (event.type === 'host-start' ? [event.host] : []))).toEqual(['a', 'b', 'b'])
  })

  it('says which hosts cannot be reached', async () => {
    const { on, events } = scriptedPlay(['a', 'b'], { unreachable: { a: new UnreachableError('no answer') } })
    expect(await on({}, work())).toEqual({
      ended: ['b work ok'],
      hosts: ['a unreachable', 'b done'],
      explained: ['no answer'],
    })
    expect(events.at(-1)).toMatchObject({ recap: { a: { unreachable: 1 }, b: { ok: 1, unreachable: 0 } } })
  })

  it('skips all hosts that did not begin when it is interrupted', async () => {
    const aborter = new AbortController()
    const { on } = scriptedPlay(['a', 'b'], { signal: aborter.signal })
    const { hosts } = await on({ serial: 1, keepGoing: true }, async () => aborter.abort())
    expect(hosts).toEqual(['a done', 'b skipped'])
  })

  it('keeps what check mode would change on a host from one play to the next', async () => {
    const { run, hosts, events } = scriptedPlay(['a'], { check: true })
    await run.on(hosts, {}, async (on) => void (await on.run(switchTask('file'))))
    const reading = { ...holds('later'), check: () => Promise.reject(new MissingError('no file')) }
    await run.on(hosts, {}, async (on) => void (await on.run(reading)))
    expect(events.flatMap((event) => (event.type === 'task-end' ? [event.status] : []))).toEqual(['changed', 'unknown'])
  })

  it('closes connections early only if it has more than 200 hosts', async () => {
    const drop = vi.spyOn(ConnectionPool.prototype, 'drop').mockResolvedValue(undefined)
    const names = Array.from({ length: 201 }, (_, index) => `h${index}`)
    await scriptedPlay(names.slice(1)).on({}, async () => undefined)
    expect(drop).not.toHaveBeenCalled()
    await scriptedPlay(names).on({}, async () => undefined)
    expect(drop).toHaveBeenCalledTimes(201)
  })
})

describe('the hosts of a play', () => {
  it.each<[OnOptions, string]>([
    [{}, 'a done, b failed, c done, d done'],
    [{ serial: 1 }, 'a done, b failed, c skipped, d skipped'],
    [{ serial: 1, maxFail: 1 }, 'a done, b failed, c done, d done'],
    [{ serial: 1, keepGoing: true }, 'a done, b failed, c done, d done'],
    [{ serial: 2, maxFail: '50%' }, 'a done, b failed, c done, d done'],
    [{ serial: 2, maxFail: '49%' }, 'a done, b failed, c skipped, d skipped'],
    [{ serial: [2, 1], maxFail: 1, anyErrorsFatal: true }, 'a done, b failed, c skipped, d skipped'],
    [{ serial: 2, keepGoing: true, anyErrorsFatal: true }, 'a done, b failed, c skipped, d skipped'],
  ])('may fail as %j says', async (options, expected) => {
    const { hosts } = await scriptedPlay(['a', 'b', 'c', 'd']).on(options, work('b'))
    expect(hosts.sort().join(', ')).toBe(expected)
  })

  it.each<[OnOptions, string]>([
    [{ serial: 0 }, 'serial is a number of hosts, 1 or more, or a share such as 25%, not 0'],
    [{ maxFail: Number.NaN }, 'maxFail is a number of hosts, 0 or more, or a share such as 25%, not NaN'],
    [{ forks: 0 }, 'forks is a whole number of 1 or more, not 0'],
    [{ forks: 1.5 }, 'forks is a whole number of 1 or more, not 1.5'],
  ])('have options that make sense: %j is refused', async (options, message) => {
    await expect(scriptedPlay(['a']).on(options, work())).rejects.toThrow(message)
  })

  it.each<[OnOptions, number]>([
    [{}, 3],
    [{ forks: 2 }, 2],
  ])('work at the same time, %j: at most %i', async (options, most) => {
    let now = 0
    let peak = 0
    await scriptedPlay(['a', 'b', 'c', 'd', 'e'], { forks: 3 }).on(options, async () => {
      peak = Math.max(peak, ++now)
      await new Promise((resolve) => setTimeout(resolve, 2))
      now -= 1
    })
    expect(peak).toBe(most)
  })

  it('stop at their next task if any error is fatal, and say why', async () => {
    const { explained, hosts, ended } = await scriptedPlay(['a', 'b']).on(
      { anyErrorsFatal: true },
      async ({ host, run }) => {
        if (host.name === 'a') return void (await run(fails('x')))
        await run(holds('one'))
        await new Promise((resolve) => setTimeout(resolve, 10))
        await run(holds('two'))
      },
    )
    expect(hosts).toEqual(['a failed', 'b skipped'])
    expect(ended.sort()).toEqual(['a x failed', 'b one ok'])
    expect(explained).toEqual(['a: x: check failed', expect.any(String), expect.stringMatching(/a failed, and any/)])
  })

  it('wait at a barrier, and do not pass it if one failed before', async () => {
    const { explained, hosts } = await scriptedPlay(['a', 'b']).on({ forks: 1 }, async ({ host, run, barrier }) => {
      if (host.name === 'b') await run(fails('x'))
      await run(holds('one'), barrier('the middle'), holds('two'))
    })
    expect(hosts).toEqual(['b failed', 'a skipped'])
    expect(explained.at(-1)).toBe('b failed before the middle, so no host goes past it')
  })

  it('run their handlers even if a later task fails, and the first error counts', async () => {
    const { ended, explained } = await scriptedPlay(['a']).on({}, async ({ run }) => {
      await run(switchTask('file', { notify: [fails('restart'), switchTask('reload')] }), fails('later'))
    })
    expect(ended).toEqual(['a file changed', 'a later failed', 'a restart failed', 'a reload changed'])
    expect(explained[0]).toBe('a: later: check failed')
  })

  it('run their handlers earlier if a playbook flushes them', async () => {
    const { ended } = await scriptedPlay(['a']).on({}, async ({ run, flush }) => {
      await run(switchTask('file', { notify: [switchTask('restart')] }))
      await flush()
      await run(holds('last'))
    })
    expect(ended).toEqual(['a file changed', 'a restart changed', 'a last ok'])
  })

  it('undo a transaction that fails', async () => {
    const first = switchTask('first', { undo: async () => void (first.on = false) })
    const { ended } = await scriptedPlay(['a']).on(
      {},
      async ({ transaction }) => void (await transaction(first, fails('second'))),
    )
    expect(ended).toEqual(['a first changed', 'a second failed', 'a first undone'])
    expect(first.on).toBe(false)
  })

  it('run a transaction whole or not at all, as tags and a person choose', async () => {
    const ended = async (filter: TaskFilter): Promise<string[]> => {
      const steps = [switchTask('one', { tags: ['t'] }), switchTask('two')]
      return (
        await scriptedPlay(['a'], { filter }).on({}, async ({ transaction }) => void (await transaction(...steps)))
      ).ended
    }
    expect(await ended(new TaskFilter({ tags: ['other'] }))).toEqual([])
    expect(await ended(new TaskFilter({ tags: ['t'] }))).toEqual(['a one changed', 'a two changed'])
    const asked: string[] = []
    expect(await ended(new TaskFilter({ ask: async (task) => (asked.push(task), 'no') }))).toEqual([])
    expect(asked).toEqual(['all of: one; two'])
  })

  it('run only the tasks that a person allows', async () => {
    const filter = new TaskFilter({ ask: async (task) => (task === 'two' ? 'no' : 'yes') })
    const { ended } = await scriptedPlay(['a'], { filter }).on(
      {},
      async ({ run }) => void (await run(holds('one'), holds('two'), holds('three'))),
    )
    expect(ended).toEqual(['a one ok', 'a three ok'])
  })
})

describe('outcomes', () => {
  it('are known by the task, whichever tags are chosen', async () => {
    const [one, two, three] = [switchTask('one', { tags: ['x'] }), holds('two'), switchTask('three', { tags: ['y'] })]
    const seen: unknown[] = []
    await scriptedPlay(['a'], { filter: new TaskFilter({ tags: ['y'] }) }).on({}, async ({ run, delegate }) => {
      const outcomes = await run(one, [two, [three]])
      seen.push([one, two, three].map((task) => outcomes.get(task)?.status))
      const delegated = await delegate('a', switchTask('four', { tags: ['x'] }), three)
      seen.push([...delegated].map(([{ name }, { status }]) => [name, status]))
    })
    expect(seen).toEqual([[undefined, undefined, 'changed'], [['three', 'ok']]])
  })

  it('of a transaction are those of its tasks, and not of its waits', async () => {
    const [one, two] = [switchTask('one'), holds('two')]
    let seen: unknown
    await scriptedPlay(['a']).on({}, async ({ transaction, barrier }) => {
      const outcomes = await transaction(one, barrier('middle'), two)
      seen = [one, two].map((task) => outcomes.get(task)?.status)
    })
    expect(seen).toEqual(['changed', 'ok'])
  })

  it('of tasks that a person allows one by one are those that ran', async () => {
    const filter = new TaskFilter({ ask: async (task) => (task === 'one' ? 'no' : 'yes') })
    let seen: unknown
    await scriptedPlay(['a'], { filter }).on({}, async ({ run }) => {
      const outcomes = await run(holds('one'), holds('two'))
      seen = [...outcomes].map(([{ name }, { status }]) => [name, status])
    })
    expect(seen).toEqual([['two', 'ok']])
  })
})

describe('delegation', () => {
  it('runs tasks and their handlers on another host, reported for the one that delegates', async () => {
    const record = switchTask('record', { notify: [switchTask('reload')] })
    const { on, scripted } = scriptedPlay(['a', 'b'])
    const { ended } = await on({}, async ({ host, delegate }) => {
      if (host.name === 'a')
        await delegate('b', {
          ...record,
          apply: async (target, change) => {
            await target.write('/record', 'x')
            await record.apply(target, change)
          },
        })
    })
    expect(ended).toEqual(['a record → b changed', 'a reload changed'])
    expect([scripted.get('a')?.written, scripted.get('b')?.written]).toEqual([[], ['/record']])
  })

  it('reaches this machine as localhost, and no host that the inventory does not have', async () => {
    const { on, scripted } = scriptedPlay(['a', 'b'])
    const { hosts, explained } = await on({}, async ({ host, delegate }) => {
      await delegate(host.name === 'a' ? 'localhost' : 'x', holds('one'))
    })
    expect(hosts.sort()).toEqual(['a done', 'b failed'])
    expect([...scripted.keys()].sort()).toEqual(['a', 'b', 'localhost'])
    expect(explained).toEqual(["delegate: no host is called 'x'", 'There are: a, b, localhost.'])
  })

  it('runs handlers although a task failed, and the failure of the task counts', async () => {
    const { ended, explained } = await scriptedPlay(['a', 'b']).on({}, async ({ host, delegate }) => {
      if (host.name === 'a') await delegate('b', switchTask('one', { notify: [fails('handler')] }), fails('two'))
    })
    expect(ended).toEqual(['a one → b changed', 'a two → b failed', 'a handler failed'])
    expect(explained[0]).toBe('a: two → b: check failed')
  })

  it('fails if only a handler fails', async () => {
    const { explained } = await scriptedPlay(['a', 'b']).on({}, async ({ host, delegate }) => {
      if (host.name === 'a') await delegate('b', switchTask('one', { notify: [fails('handler')] }))
    })
    expect(explained[0]).toBe('a: handler: check failed')
  })

  it('is for one host at a time', async () => {
    let now = 0
    let peak = 0
    const slow: Task = {
      name: 'slow',
      check: async () => {
        peak = Math.max(peak, ++now)
        await new Promise((resolve) => setTimeout(resolve, 2))
        now -= 1
        return null
      },
      apply: async () => undefined,
    }
    await scriptedPlay(['a', 'b', 'c']).on({}, async ({ delegate }) => void (await delegate('c', slow)))
    expect(peak).toBe(1)
  })
})

describe('what hosts of later batches do meanwhile', () => {
  /** Plays batches of one host. @returns what happened, in order */
  async function played(options: OnOptions, failing: readonly string[] = [], check = false) {
    const { on } = scriptedPlay(['a', 'b', 'c'], { check })
    const log: string[] = []
    const meanwhile = async (): Promise<void> => {
      if (log.push('meanwhile') === 1) throw new Error('left to its own turn')
    }
    const { hosts } = await on({ serial: 1, meanwhile, ...options }, async ({ host }) => {
      // The other hosts connect in this time.
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push(`turn of ${host.name}`)
      if (failing.includes(host.name)) throw new Error('broken')
    })
    return { log, hosts }
  }

  it('begins at once, and what fails is left to their turn', async () => {
    const { log, hosts } = await played({})
    expect(log).toEqual(['meanwhile', 'meanwhile', 'turn of a', 'turn of b', 'turn of c'])
    expect(hosts).toEqual(['a done', 'b done', 'c done'])
  })

  it('is done on so many hosts as may work at a time', async () => {
    const work = vi.fn(() => new Promise<void>(() => undefined))
    await played({ forks: 1, meanwhile: work })
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('is not begun with one batch, nor in check mode', async () => {
    expect((await played({ serial: 3 })).log).toEqual(['turn of a', 'turn of b', 'turn of c'])
    expect((await played({}, [], true)).log).toEqual(['turn of a', 'turn of b', 'turn of c'])
  })
})

it('a host that cannot be reached for its work meanwhile is tried again in its turn', async () => {
  const drop = vi.spyOn(ConnectionPool.prototype, 'drop')
  const { on } = scriptedPlay(['a', 'b'], { unreachable: { b: new UnreachableError('b: away') } })
  const meanwhile = vi.fn(async () => undefined)
  const { hosts } = await on({ serial: 1, keepGoing: true, meanwhile }, async () => undefined)
  expect(hosts).toEqual(['a done', 'b unreachable'])
  expect(drop).toHaveBeenCalledWith('b')
  expect(meanwhile).not.toHaveBeenCalled()
})

it('after too many failures nothing more is begun on the hosts of later batches', async () => {
  const began: string[] = []
  const end = beginMeanwhile([{ name: 'b' }, { name: 'c' }] as never, {
    forks: 1,
    connect: async ({ name }) => ({ name }) as never,
    failed: async () => undefined,
    work: async ({ name }) => void began.push(name),
  })
  end()
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(began).toEqual([])
})
