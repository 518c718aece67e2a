import { describe, expect, it } from 'vitest'
import { CommandError, CutoverError } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { Task } from '../../../runner/task/task.ts'
import { EngineAwayError } from '../../../tasks/docker/engine-away.ts'
import { retryAfterEngineRestart } from '../../../tasks/docker/retry-after-restart.ts'

const cutOff = new CommandError('docker start x', { host: 'web-1', exitCode: 1, output: 'unexpected EOF' })

/** How often apply and undo of a task were called, whose first calls fail with these errors, and the commands in between. */
async function called(phase: 'apply' | 'undo', ...errors: readonly Error[]) {
  const remaining = [...errors]
  let calls = 0
  const work: Task['apply'] = async (_host, change) => {
    calls += 1
    expect(change).toEqual({ summary: 'x' })
    const error = remaining.shift()
    if (error) throw error
  }
  const task: Task = { name: 't', check: async () => null, apply: async () => undefined, [phase]: work }
  const host = new ScriptedHost(() => '')
  const result = await retryAfterEngineRestart(task)
    [phase]?.(host.host, { summary: 'x' })
    .catch((error: unknown) => error)
  return { calls, result, looks: host.commands.length }
}

describe.each(['apply', 'undo'] as const)('%s', (phase) => {
  it.each<[string, Error[], { calls: number; looks: number; result?: Error }]>([
    ['that goes well runs once', [], { calls: 1, looks: 0 }],
    ['that an end of dockerd cuts off runs again once it answers', [cutOff], { calls: 2, looks: 1 }],
    ['that finds dockerd away runs again', [new EngineAwayError('away')], { calls: 2, looks: 1 }],
    ['that is cut off twice fails', [cutOff, cutOff], { calls: 2, looks: 1, result: cutOff }],
  ])('%s', async (_, errors, expected) => {
    expect(await called(phase, ...errors)).toEqual({ result: undefined, ...expected })
  })

  it.each([
    new CommandError('docker start x', { host: 'web-1', exitCode: 1, output: 'no such container' }),
    new CutoverError('unexpected EOF'),
  ])('that fails with %s does not run again', async (error) => {
    expect(await called(phase, error)).toEqual({ calls: 1, looks: 0, result: error })
  })
})

it('the rest of a task stays as it is, and it has an undo only if it had one', () => {
  const task: Task = { name: 't', tags: ['a'], check: async () => null, apply: async () => undefined }
  expect(retryAfterEngineRestart(task)).toMatchObject({ name: 't', tags: ['a'], check: task.check })
  expect('undo' in retryAfterEngineRestart(task)).toBe(false)
})
