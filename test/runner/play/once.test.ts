import { describe, expect, it } from 'vitest'
import { BarrierError } from '../../../runner/errors.ts'
import { Semaphore } from '../../../runner/semaphore.ts'
import { once, type OnceResults } from '../../../runner/play/once.ts'

function play(): (host: string, work: () => Promise<string>, otherwiseNext?: boolean) => Promise<string> {
  const results: OnceResults = new Map()
  const limit = new Semaphore(1)
  return (host, work, otherwiseNext = false) =>
    limit.run(() => once({ name: 'token', work, otherwiseNext }, { host, results, limit }))
}

describe('work that is done once for all hosts', () => {
  it('is done by the first host, and the others get its result', async () => {
    const on = play()
    const done: string[] = []
    const work = (host: string) => async () => (done.push(host), `from ${host}`)
    expect(await Promise.all(['a', 'b', 'c'].map((host) => on(host, work(host))))).toEqual([
      'from a',
      'from a',
      'from a',
    ])
    expect(done).toEqual(['a'])
  })

  it('fails for the first host with its error, and for the others with a BarrierError', async () => {
    const on = play()
    const error = new Error('broken')
    await expect(on('a', () => Promise.reject(error))).rejects.toBe(error)
    const other = await on('b', async () => 'never').catch((caught: unknown) => caught)
    expect(other).toBeInstanceOf(BarrierError)
    expect(other).toMatchObject({
      message: "a failed in 'token', which is done once for all hosts: broken",
      because: [error],
    })
  })

  it('is tried by the next host after a failure, if that is asked for', async () => {
    const on = play()
    const ended = await Promise.allSettled([
      on('a', () => Promise.reject(new Error('broken')), true),
      on('b', async () => 'from b', true),
      on('c', async () => 'from c', true),
    ])
    expect(ended).toEqual([
      { status: 'rejected', reason: new Error('broken') },
      { status: 'fulfilled', value: 'from b' },
      { status: 'fulfilled', value: 'from b' },
    ])
  })

  it('lets another host work in the place of one that waits', async () => {
    const results: OnceResults = new Map()
    const limit = new Semaphore(1)
    let release = (): void => undefined
    const value = new Promise<string>((resolve) => (release = () => resolve('x')))
    results.set('token', { host: 'z', value })
    const waiting = limit.run(() =>
      once({ name: 'token', work: async () => 'never', otherwiseNext: false }, { host: 'a', results, limit }),
    )
    const other = limit.run(async () => release())
    await other
    expect(await waiting).toBe('x')
  })
})
