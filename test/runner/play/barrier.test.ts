import { setMaxListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { BarrierError } from '../../../runner/errors.ts'
import { Barriers } from '../../../runner/play/barrier.ts'

const calm = new AbortController().signal
// As in a run: every wait listens to the same signal.
setMaxListeners(0, calm)

/** What has become of some waits so far: `open`, an error's message, or `waiting`. */
async function states(...waits: Promise<void>[]): Promise<string[]> {
  const found = waits.map(() => 'waiting')
  for (const [index, wait] of waits.entries())
    void wait.then(
      () => (found[index] = 'open'),
      (error: unknown) => (found[index] = (error as Error).message),
    )
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  return found
}

describe('a barrier', () => {
  it('opens when every host has arrived, and not before', async () => {
    const barriers = new Barriers(['a', 'b', 'c'], false)
    const a = barriers.wait('gate', 'a', calm)
    const b = barriers.wait('gate', 'b', calm)
    expect(await states(a, b)).toEqual(['waiting', 'waiting'])
    const c = barriers.wait('gate', 'c', calm)
    expect(await states(a, b, c)).toEqual(['open', 'open', 'open'])
  })

  it('has nothing to do with a barrier of another name', async () => {
    const barriers = new Barriers(['a', 'b'], false)
    expect(await states(barriers.wait('one', 'a', calm), barriers.wait('two', 'b', calm))).toEqual([
      'waiting',
      'waiting',
    ])
  })

  it('makes a host that arrives again wait until the others arrive again', async () => {
    const barriers = new Barriers(['a', 'b'], false)
    const first = barriers.wait('gate', 'a', calm)
    const second = barriers.wait('gate', 'a', calm)
    const other = barriers.wait('gate', 'b', calm)
    expect(await states(first, second, other)).toEqual(['open', 'waiting', 'open'])
    expect(await states(second, barriers.wait('gate', 'b', calm))).toEqual(['open', 'open'])
  })

  it('does not wait for a host that ended its work', async () => {
    const barriers = new Barriers(['a', 'b'], false)
    const wait = barriers.wait('gate', 'a', calm)
    barriers.finish('b')
    expect(await states(wait, barriers.wait('next', 'a', calm))).toEqual(['open', 'open'])
  })

  it('lets no host past if another one failed before, early or late, and carries its error', async () => {
    const barriers = new Barriers(['a', 'b', 'c'], false)
    const wait = barriers.wait('gate', 'a', calm)
    const error = new Error('broken')
    barriers.fail('b', error)
    barriers.fail('b', new Error('a later error does not count'))
    const refused: unknown = await wait.catch((caught: unknown) => caught)
    expect(refused).toEqual(new BarrierError('b failed before gate, so no host goes past it', [error]))
    barriers.fail('c', new Error('broken too'))
    expect(await states(barriers.wait('next', 'a', calm))).toEqual(['b, c failed before next, so no host goes past it'])
  })

  it('lets the others past if a host fails after it arrived', async () => {
    const barriers = new Barriers(['a', 'b'], false)
    const a = barriers.wait('gate', 'a', calm)
    barriers.fail('a', new Error('broken'))
    expect(await states(a, barriers.wait('gate', 'b', calm))).toEqual(['open', 'open'])
  })

  it('lets the others go on without a host that failed if it is tolerant', async () => {
    const barriers = new Barriers(['a', 'b', 'c'], true)
    const a = barriers.wait('gate', 'a', calm)
    barriers.fail('b', new Error('broken'))
    expect(await states(a)).toEqual(['waiting'])
    expect(await states(a, barriers.wait('gate', 'c', calm))).toEqual(['open', 'open'])
  })

  it('ends its wait when the run is interrupted, before or meanwhile', async () => {
    const barriers = new Barriers(['a', 'b'], false)
    const aborter = new AbortController()
    const before = barriers.wait('gate', 'a', aborter.signal)
    aborter.abort()
    expect(await states(before, barriers.wait('next', 'a', aborter.signal))).toEqual([
      'interrupted while waiting',
      'interrupted while waiting',
    ])
    await expect(before).rejects.toBeInstanceOf(BarrierError)
  })
})
