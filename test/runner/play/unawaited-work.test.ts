import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../runner/errors.ts'
import { UnawaitedWork } from '../../../runner/play/unawaited-work.ts'

const failing = (): Promise<never> => Promise.reject(new Error('broken'))

/** What `end` says: nothing, or the error's message and hint. */
const endOf = (unawaited: UnawaitedWork): Promise<unknown> =>
  unawaited.end().then(
    () => 'nothing',
    (error: unknown) => (error instanceof CutoverError ? [error.message, error.hint, error.cause] : error),
  )

describe('work that is watched', () => {
  it.each<[string, (watched: Promise<string>) => unknown]>([
    ['await', async (watched) => void (await watched)],
    ['then', (watched) => watched.then(() => undefined)],
    ['catch', (watched) => watched.catch(() => undefined)],
    ['finally', (watched) => watched.finally(() => undefined)],
    ['Promise.all', (watched) => Promise.all([watched])],
  ])('is no error if it was waited for with %s', async (_, use) => {
    const unawaited = new UnawaitedWork()
    await use(unawaited.watch('run(…)', Promise.resolve('x')))
    expect(await endOf(unawaited)).toBe('nothing')
  })

  it('gives its value and its error to whoever waits for it', async () => {
    const unawaited = new UnawaitedWork()
    expect(await unawaited.watch('run(…)', Promise.resolve('x'))).toBe('x')
    await expect(unawaited.watch('run(…)', failing())).rejects.toThrow('broken')
    expect(await unawaited.watch('run(…)', failing()).catch((error: unknown) => (error as Error).message)).toBe(
      'broken',
    )
    await expect(unawaited.watch('run(…)', failing()).finally(() => undefined)).rejects.toThrow('broken')
    expect(Object.prototype.toString.call(unawaited.watch('run(…)', Promise.resolve()))).toBe('[object Promise]')
  })

  it('is an error if nobody waited for it', async () => {
    const unawaited = new UnawaitedWork()
    await unawaited.watch('run(…)', Promise.resolve())
    void unawaited.watch('flush()', Promise.resolve())
    void unawaited.watch('run(…)', Promise.resolve())
    expect(await endOf(unawaited)).toEqual([
      'flush() was started without await',
      'Is an await missing: await flush()?',
      undefined,
    ])
  })

  it('is an error that names its own error if it failed', async () => {
    const unawaited = new UnawaitedWork()
    void unawaited.watch('run(…)', failing())
    expect(await endOf(unawaited)).toEqual([
      'run(…) was started without await (it failed: broken)',
      'Is an await missing: await run(…)?',
      new Error('broken'),
    ])
  })

  it('has ended when `end` has, also what starts meanwhile', async () => {
    const unawaited = new UnawaitedWork()
    const log: string[] = []
    const first = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push('first')
      await unawaited.watch('second', second())
    }
    const second = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push('second')
    }
    const started = unawaited.watch('first', first())
    started.then(
      () => undefined,
      () => undefined,
    )
    expect(await endOf(unawaited)).toBe('nothing')
    expect(log).toEqual(['first', 'second'])
  })
})
