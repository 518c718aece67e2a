import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../../../runner/connection/index.ts'
import { AskAhead, type Questions } from '../../../runner/host/ask-ahead.ts'
import { Facts } from '../../../runner/host/fact.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A session that is `trip` ms away. Each command prints how many commands ran before it. */
function away(trip: number, { ms = 0, status = 0 } = {}) {
  const scripts: string[] = []
  const aborted: string[] = []
  const session = {
    run: async (script: string, options: NonNullable<Parameters<Session['run']>[1]> = {}) => {
      options.signal?.addEventListener('abort', () => void aborted.push(script))
      const place = scripts.push(script) - 1
      await new Promise((resolve) => setTimeout(resolve, trip))
      options.started?.()
      await new Promise((resolve) => setTimeout(resolve, ms))
      options.stdout?.(Buffer.from(`out ${place}`))
      options.stderr?.(Buffer.from(`err ${place}`))
      return status
    },
    openChannel: async () => undefined,
    lost: () => undefined,
  } as unknown as Session
  const facts = new Facts()
  const ahead = new AskAhead(() => session, facts)
  const questions: Questions = new Set()
  /** Runs a command, as a check or as a change. @returns what it printed, and the ms that it took */
  async function run(script: string, as: 'check' | 'change', options: Parameters<Session['run']>[1] = {}) {
    const since = performance.now()
    const printed: string[] = []
    const print = (bytes: Buffer): void => void printed.push(bytes.toString())
    const running = ahead
      .over(session, as === 'check' ? questions : undefined)
      .run(script, { ...options, stdout: print, stderr: print })
    await vi.runAllTimersAsync()
    return [await running, ...printed, performance.now() - since]
  }
  return { ahead, facts, questions, scripts, aborted, session, run }
}

describe('what a check asked before', () => {
  it('is asked behind the next change, and the check has the answer at once', async () => {
    const { ahead, questions, scripts, run } = away(100, { status: 3 })
    expect(await run('look', 'check')).toEqual([3, 'out 0', 'err 0', 100])
    ahead.expect(() => [questions])
    await run('change', 'change')
    ahead.applied()
    expect(scripts).toEqual(['look', 'change', 'look'])
    expect(await run('look', 'check')).toEqual([3, 'out 2', 'err 2', 0])
    expect(ahead.given).toBe(1)
    expect(await run('look', 'check')).toEqual([3, 'out 3', 'err 3', 100])
  })

  it('is told apart by its input', async () => {
    const { ahead, questions, scripts, run } = away(100)
    const input = Buffer.from('a')
    await run('look', 'check', { input })
    ahead.ask([questions])
    expect(scripts).toHaveLength(2)
    await run('look', 'check')
    expect(scripts).toHaveLength(3)
    expect(await run('look', 'check', { input })).toEqual([0, 'out 1', 'err 1', 0])
  })

  it('is asked once, though several checks ask it', async () => {
    const { ahead, questions, scripts, run } = away(100)
    await run('look', 'check')
    ahead.ask([questions, new Set(questions)])
    ahead.ask([questions])
    expect(scripts).toEqual(['look', 'look'])
  })

  it.each<[string, (ahead: ReturnType<typeof away>) => unknown]>([
    ['another change', ({ run }) => run('change', 'change')],
    ['a channel of its own', ({ ahead, session }) => ahead.over(session).openChannel('x')],
    ['what says so', ({ ahead }) => ahead.forget()],
  ])('does not count after %s', async (_, happen) => {
    const far = away(100)
    const { ahead, questions, run } = far
    await run('look', 'check')
    ahead.ask([questions])
    await happen(far)
    expect((await run('look', 'check')).at(-1)).toBe(100)
    expect(ahead.given).toBe(0)
  })

  it('does not count if the task went on for a while after its last command', async () => {
    const { ahead, questions, run } = away(100)
    await run('look', 'check')
    ahead.expect(() => [questions])
    await run('change', 'change')
    await vi.advanceTimersByTimeAsync(51)
    ahead.applied()
    expect((await run('look', 'check')).at(-1)).toBe(100)
  })

  it('is not asked behind a later change, once the task has ended', async () => {
    const { ahead, questions, scripts, run } = away(100)
    await run('look', 'check')
    ahead.expect(() => [questions])
    ahead.applied()
    await run('change', 'change')
    expect(scripts).toEqual(['look', 'change'])
  })

  it('does not count in another session', async () => {
    const { ahead, questions, run } = away(100)
    const other = away(10)
    await run('look', 'check')
    ahead.ask([questions])
    const asked = ahead.over(other.session, questions).run('look')
    await vi.runAllTimersAsync()
    expect([await asked, other.scripts]).toEqual([0, ['look']])
  })

  it.each<[string, number, number]>([
    ['is near', 19, 0],
    ['takes longer for it than half a trip', 100, 51],
  ])('is not asked ahead on a host that %s', async (_, trip, ms) => {
    const { ahead, questions, scripts, run } = away(trip, { ms })
    await run('look', 'check')
    ahead.ask([questions])
    expect(scripts).toEqual(['look'])
  })

  it('is ended if the check is interrupted while it waits for the answer', async () => {
    const { ahead, questions, aborted, run } = away(100)
    await run('look', 'check')
    ahead.ask([questions])
    const aborter = new AbortController()
    setTimeout(() => aborter.abort(), 50)
    await run('look', 'check', { signal: aborter.signal })
    expect(aborted).toEqual(['look'])
    await expect(run('look', 'check', { signal: aborter.signal })).resolves.toBeDefined()
  })
})

describe('a fact that a check asked for', () => {
  const fact = { name: 'kernel', command: ['uname', '-r'], parse: (text: string) => text }
  const script = 'set -eu; uname -r'

  it('is asked behind a change even if another task has read it', async () => {
    const { ahead, facts, questions, scripts, run } = away(100)
    await run(script, 'check')
    const other: Questions = new Set()
    ahead.noteFact(other, fact)
    void facts.get(fact, () => Promise.resolve('6'))
    ahead.ask([other])
    expect(scripts).toHaveLength(1)
    ahead.expect(() => [other])
    await run('change', 'change')
    expect(scripts).toEqual([script, 'change', script])
    expect(questions).toEqual(other)
  })

  it('is not asked again if it holds for the whole run', async () => {
    const { ahead, questions, scripts, run } = away(100)
    ahead.noteFact(questions, { ...fact, stable: true })
    await run(script, 'check')
    ahead.expect(() => [questions])
    await run('change', 'change')
    expect(scripts).toEqual([script, 'change'])
  })
})
