import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../../../runner/connection/session/session.ts'
import { InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { HostConnection } from '../../../runner/host/host-connection.ts'
import type { InventoryHost } from '../../../runner/inventory/index.ts'

// The fake timers of vitest do not reach this module.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal }) =>
    new Promise((resolve, reject) => {
      setTimeout(() => resolve(value), ms)
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
    }),
}))
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const lost = new UnreachableError('gone')
const entry = { name: 'a', target: { address: '192.0.2.1', port: 22, user: 'u' } } as InventoryHost

interface Fake {
  connection: HostConnection
  log: string[]
  events: Event[]
  aborter: AbortController
}

/** A host whose connection is lost; `answers`: whether each attempt to connect again succeeds. */
function fake(
  answers: readonly boolean[],
  isLost = true,
  shell?: string,
  connectionKind: InventoryHost['connection'] = 'ssh',
): Fake {
  const log: string[] = []
  const events: Event[] = []
  const aborter = new AbortController()
  const session = (name: string, isLostNow: boolean): Session =>
    ({
      lost: () => (isLostNow ? lost : undefined),
      close: async () => {
        isLostNow = true
        log.push(`close ${name}`)
      },
      shell: name === 'old' ? shell : undefined,
      killOrphanShell: async (old: string) => void log.push(`kill ${old}`),
    }) as unknown as Session
  const left = [...answers]
  const since = Date.now()
  const connection = new HostConnection({
    entry: { ...entry, connection: connectionKind },
    session: session('old', isLost),
    openSession: async () => {
      log.push(`open after ${Date.now() - since} ms`)
      if (left.shift() !== true) throw lost
      return session('new', false)
    },
    signal: aborter.signal,
    emit: (event) => void events.push(event),
    mask: (text) => text,
  })
  return { connection, log, events, aborter }
}

describe('a lost connection', () => {
  it('is made again, once for all who wait; the old shell is ended first', async () => {
    const { connection, log, events } = fake([true], true, 'shell-1')
    expect(connection.lost()).toBe(lost)
    const both = Promise.all([connection.reconnect(0), connection.reconnect(0)])
    await vi.advanceTimersByTimeAsync(500)
    expect(await both).toEqual([true, true])
    expect(log).toEqual(['open after 500 ms', 'close old', 'kill shell-1'])
    expect(events).toEqual([{ type: 'note', host: 'a', text: 'the connection was lost, and is made again' }])
    expect([connection.generation, connection.lost()]).toEqual([1, undefined])
    expect(await connection.reconnect(0)).toBe(true)
    expect(await connection.reconnect(1)).toBe(false)
  })

  it('is tried three times in a run, with longer pauses', async () => {
    const { connection, log, events } = fake([])
    const tried = connection.reconnect(0)
    await vi.advanceTimersByTimeAsync(7_500)
    expect(await tried).toBe(false)
    expect(log).toEqual(['open after 500 ms', 'open after 2500 ms', 'open after 7500 ms'])
    expect(events).toEqual([])
    expect(await connection.reconnect(0)).toBe(false)
    expect(log).toHaveLength(3)
  })

  it('is not made again once the host is done', async () => {
    const { connection, log } = fake([true])
    const tried = connection.reconnect(0)
    await connection.end()
    await vi.advanceTimersByTimeAsync(500)
    expect([await tried, await connection.reconnect(0), log]).toEqual([false, false, ['close old']])
  })

  it('is not made again once the run is interrupted', async () => {
    const { connection, log, aborter } = fake([true])
    const tried = connection.reconnect(0)
    aborter.abort()
    expect([await tried, log]).toEqual([false, []])
  })
})

it('a connection that is there is not made again', async () => {
  const { connection, log } = fake([true], false)
  expect([await connection.reconnect(0), log]).toEqual([false, []])
})

it('the host of a connection has its name and login', () => {
  const { name, login } = fake([]).connection.host({})
  expect([name, login]).toEqual(['a', { address: '192.0.2.1', port: 22, user: 'u' }])
})

it('work over a new connection closes it afterwards', async () => {
  const { connection, log } = fake([true], false)
  expect(await connection.host({}).withNewConnection(async ({ name }) => name)).toBe('a')
  expect(log).toEqual(['open after 0 ms', 'close new'])
})

it('a host that is only read refuses to write, with what to do', async () => {
  const { connection } = fake([true], false)
  const refused = {
    message: '/etc/x was to be written in check mode',
    hint: 'Write files in the apply of a task, or only if the run does not check (`check`).',
  }
  const host = connection.host({ readOnly: true })
  await expect(host.write('/etc/x', 'y')).rejects.toMatchObject(refused)
  await expect(host.upload('/nowhere', '/etc/x')).rejects.toMatchObject(refused)
  await host.withNewConnection((fresh) => expect(fresh.write('/etc/x', 'y')).rejects.toMatchObject(refused))
})

describe('a connection that is given up and made again', () => {
  it('is a new one, in which nothing of the old one runs; all facts are read again', async () => {
    const { connection, log, events } = fake([false, false, true], false, 'shell-1')
    const stable = { name: 'x', command: ['x'], stable: true as const, parse: (stdout: string) => stdout }
    await connection.facts.get(stable, async () => 'before')
    const lines: string[] = []
    const done = connection.host({ onProgress: ({ text }) => void lines.push(text) }).reconnect({ within: 60_000 })
    await vi.advanceTimersByTimeAsync(3_000)
    await done
    expect(log).toEqual([
      'close old',
      'open after 0 ms',
      'open after 1000 ms',
      'open after 3000 ms',
      'close old',
      'kill shell-1',
    ])
    expect(lines).toEqual(['waiting for a login (0 of 60 s): gone', 'waiting for a login (1 of 60 s): gone'])
    expect(await connection.facts.get(stable, async () => 'after')).toBe('after')
    expect([connection.generation, connection.lost(), events]).toEqual([1, undefined, []])
  })

  it('is the one that others wait for who have lost the old one', async () => {
    const { connection, log } = fake([false, true], false)
    const done = connection.host({}).reconnect({ within: 60_000 })
    const other = connection.reconnect(0)
    const again = connection.host({}).reconnect({ within: 0 })
    again.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(1_000)
    await done
    expect(await other).toBe(true)
    await expect(again).rejects.toThrow('a: no login within 0 s')
    expect(log.filter((line) => line.startsWith('open'))).toHaveLength(3)
  })

  it('is not tried any more when the time is over: the host is unreachable for this run', async () => {
    const { connection, log } = fake([], false)
    const done = connection.host({}).reconnect({ within: 90_000 })
    done.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(90_000)
    await expect(done).rejects.toThrow('a: no login within 90 s')
    const { length } = log
    const other = connection.reconnect(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([await other, log.length]).toEqual([false, length])
  })

  it('is not made once the run is interrupted, or the host is done', async () => {
    const { connection, log, aborter } = fake([], false)
    const done = connection.host({ signal: aborter.signal }).reconnect({ within: 60_000 })
    done.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(500)
    aborter.abort(new InterruptedError())
    await expect(done).rejects.toThrow('interrupted')
    expect(log).toEqual(['close old', 'open after 0 ms'])

    const ended = fake([true], false)
    const late = ended.connection.host({}).reconnect({ within: 60_000 })
    await ended.connection.end()
    await expect(late).rejects.toThrow('interrupted')
    expect(ended.log.at(-1)).toBe('close new')
  })

  it('is refused for this machine, and for a connection that is not the one of the run', async () => {
    const { connection, log } = fake([true], false, undefined, 'local')
    await expect(connection.host({}).reconnect({ within: 1 })).rejects.toThrow(
      'a is this machine, which there is no login to',
    )
    expect(log).toEqual([])
    const { connection: other } = fake([true], false)
    await expect(other.host({}).withNewConnection((fresh) => fresh.reconnect({ within: 1 }))).rejects.toThrow(
      'a: only the connection of a run is made again',
    )
  })
})
