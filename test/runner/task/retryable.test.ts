import { describe, expect, it, vi } from 'vitest'
import { BarrierError, CommandError, CutoverError, InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import { isRetryable, retryOnceAfterReconnect } from '../../../runner/task/retryable.ts'
import { fakeRuntime } from './fake-runtime.ts'

const gone = new UnreachableError('gone')

describe('work that is done once more after a lost connection', () => {
  it.each<[string, unknown[], boolean, number, unknown]>([
    ['is done once without an error', [], true, 1, undefined],
    ['is done twice if the connection is made again', [gone], true, 2, undefined],
    ['is not done a third time', [gone, gone], true, 2, gone],
    ['is not done again if the connection stays lost', [gone], false, 1, gone],
    ['is not done again after another error', [new CutoverError('x')], true, 1, new CutoverError('x')],
  ])('%s', async (_, errors, reconnects, times, expected) => {
    const reconnect = vi.fn(async () => reconnects)
    const { runtime } = fakeRuntime({ reconnect, generation: () => 3 })
    let done = 0
    const remaining = [...errors]
    const work = async (): Promise<void> => {
      done += 1
      const error = remaining.shift()
      if (error) throw error as Error
    }
    const error: unknown = await retryOnceAfterReconnect(runtime, work).catch((caught: unknown) => caught)
    expect([done, error]).toEqual([times, expected])
    for (const [generation] of reconnect.mock.calls as unknown[][]) expect(generation).toBe(3)
  })

  it('is done again if only the connection tells that it was lost', async () => {
    let lost = true
    const throwIfLost = (): void => {
      if (lost) {
        lost = false
        throw gone
      }
    }
    const work = vi.fn(async () => undefined)
    await retryOnceAfterReconnect(fakeRuntime({ throwIfLost, reconnect: async () => true }).runtime, work)
    expect(work).toHaveBeenCalledTimes(2)
  })
})

it.each<[unknown, boolean]>([
  [new Error('x'), true],
  [new CutoverError('x'), true],
  [new CommandError('false', { host: 'web-1', exitCode: 1, output: '' }), true],
  ['a text', true],
  [gone, false],
  [new InterruptedError(), false],
  [new BarrierError('x'), false],
  [new TypeError('x'), false],
  [new ReferenceError('x'), false],
])('another attempt can help after %s: %s', (error, expected) => expect(isRetryable(error)).toBe(expected))
