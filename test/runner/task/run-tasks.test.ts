import { describe, expect, it, type Mock, vi } from 'vitest'
import { runTasks } from '../../../runner/task/run-tasks.ts'
import type { Task } from '../../../runner/task/task.ts'
import { fakeRuntime, switchTask } from './fake-runtime.ts'

/** A task with nothing to change that counts its checks. */
function counted(name: string, more: Partial<Task> = {}): Task & { check: Mock<() => Promise<null>> } {
  return { name, apply: async () => undefined, ...more, check: vi.fn(async () => null) }
}

describe('tasks in order', () => {
  it('are all checked at once, ahead of their turn, and only once if nothing changes', async () => {
    const log: string[] = []
    const [first, second] = [counted('a'), counted('b')]
    first.check.mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push(`b was checked ${second.check.mock.calls.length} times`)
      return null
    })
    const outcomes = await runTasks(fakeRuntime().runtime, [first, second])
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(log).toEqual(['b was checked 1 times'])
    expect([first.check.mock.calls.length, second.check.mock.calls.length]).toEqual([1, 1])
  })

  it('are checked again after one that changed something', async () => {
    const after = counted('b')
    const { runtime, log } = fakeRuntime()
    await runTasks(runtime, [switchTask('a'), after, counted('c')])
    expect(after.check).toHaveBeenCalledTimes(2)
    expect(log).toEqual(['changed', 'changed a', 'ok b', 'ok c'])
  })

  it('are checked again after one that took several attempts', async () => {
    const flaky = counted('a', { retries: 1, delay: 0 })
    flaky.check.mockRejectedValueOnce(new Error('not yet'))
    const after = counted('b')
    await runTasks(fakeRuntime().runtime, [flaky, after])
    expect(after.check).toHaveBeenCalledTimes(2)
  })

  it('are not checked ahead if their time is limited', async () => {
    const limited = counted('b', { timeout: 1000 })
    const failing = switchTask('a', { check: () => Promise.reject(new Error('broken')) })
    await expect(runTasks(fakeRuntime().runtime, [failing, limited])).rejects.toThrow('a: check failed')
    expect(limited.check).not.toHaveBeenCalled()
  })

  it('are not checked ahead if they want their turn', async () => {
    const log: string[] = []
    const value = counted('a')
    value.check.mockImplementation(async () => (log.push('a'), null))
    const reader = counted('b', { inTurn: true })
    reader.check.mockImplementation(async () => (log.push(`b after ${log.join()}`), null))
    await runTasks(fakeRuntime().runtime, [value, reader])
    expect(log).toEqual(['a', 'b after a'])
  })

  it('stop at the first that fails, which is undone if it has `undoOnFailure`', async () => {
    const { runtime, log } = fakeRuntime()
    const undo = vi.fn(async () => undefined)
    const apply = (): Promise<never> => Promise.reject(new Error('broken'))
    const error: unknown = await runTasks(runtime, [
      switchTask('a'),
      switchTask('b', { apply, undo, undoOnFailure: true }),
      switchTask('c'),
    ]).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ task: 'b', phase: 'apply' })
    expect(undo).toHaveBeenCalledWith({ task: 'b', purpose: 'uninterruptible' }, { summary: 'turn b on' })
    expect(log).toEqual(['changed', 'changed a', 'changed', 'failed b', 'undone b', 'changed'])
  })
})
