import { expect, it } from 'vitest'
import { Semaphore } from '../../runner/semaphore.ts'

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Work that goes on until it is told to end. */
function work(log: string[], name: string): { run: () => Promise<string>; end: () => void } {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { run: async () => (log.push(`${name} starts`), await ended, log.push(`${name} ends`), name), end }
}

it('only so much work runs at once, the rest in its order', async () => {
  const log: string[] = []
  const semaphore = new Semaphore(2)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(log, name)) as [
    ReturnType<typeof work>,
    ...ReturnType<typeof work>[],
  ]
  const all = Promise.all([a, b!, c!, d!].map(({ run }) => semaphore.run(run)))
  await soon()
  expect(log).toEqual(['a starts', 'b starts'])
  b!.end()
  await soon()
  expect(log.slice(2)).toEqual(['b ends', 'c starts'])
  for (const each of [a, c!, d!]) each.end()
  expect(await all).toEqual(['a', 'b', 'c', 'd'])
})

it('work that fails gives its place back', async () => {
  const semaphore = new Semaphore(1)
  await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await semaphore.run(async () => 'next')).toBe('next')
})

it('a pause lets others run, and ends when there is a place again', async () => {
  const log: string[] = []
  const semaphore = new Semaphore(1)
  const [waited, other] = [work(log, 'waited'), work(log, 'other')]
  const paused = semaphore.run(async () => {
    await semaphore.pause(waited.run)
    log.push('after the pause')
  })
  const second = semaphore.run(other.run)
  await soon()
  waited.end()
  await soon()
  expect(log).toEqual(['waited starts', 'other starts', 'waited ends'])
  other.end()
  await Promise.all([paused, second])
  expect(log.slice(3)).toEqual(['other ends', 'after the pause'])
})
