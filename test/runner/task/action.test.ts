import { describe, expect, it } from 'vitest'
import { action } from '../../../runner/task/action.ts'
import { prove } from '../../../runner/task/kit.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { fakeRuntime } from './fake-runtime.ts'

const found = { '/opt/tool': { target: '/none' } }
const missing = {}

describe('an action', () => {
  it('is done each time, and not checked again', async () => {
    const { runtime } = fakeRuntime()
    let count = 0
    const reload = action('reload', async () => ++count)
    for (const expected of [1, 2]) {
      expect(await runTask(runtime, reload)).toEqual({ status: 'changed', change: { summary: 'do it' } })
      expect(count).toBe(expected)
    }
  })

  it('gets the host to change', async () => {
    const host = new ScriptedHost({ 'systemctl reload ssh': '' })
    const { runtime } = fakeRuntime({ host: () => host.host })
    await runTask(
      runtime,
      action('reload', (on) => on.$`systemctl reload ssh`),
    )
    expect(host.commands).toEqual(['systemctl reload ssh'])
  })

  it('has the options of a task', () => {
    const more = { notify: [], tags: ['a'], retries: 2, delay: 3, timeout: 4 }
    expect(action('x', async () => undefined, more)).toMatchObject({ name: 'x', action: 'always', ...more })
  })

  it.each([
    ['creates', found, false],
    ['creates', missing, true],
    ['removes', found, true],
    ['removes', missing, false],
  ] as const)('with %s looks for the path: %j → done: %s', async (option, files, isDone) => {
    const host = new ScriptedHost({}, { files })
    const task = action('x', async () => undefined, { [option]: '/opt/tool' })
    expect(task.action).toBe('until-done')
    expect(await task.check(host.host)).toEqual(isDone ? { summary: 'do it' } : null)
  })

  it('refuses a path that is not absolute when it is made', () => {
    for (const option of ['creates', 'removes'])
      expect(() => action('x', async () => undefined, { [option]: 'opt/tool' })).toThrow(
        "the path 'opt/tool' is not absolute",
      )
  })

  it.each([true, false])('is not done if `unless` says %s', async (answer) => {
    const task = action('x', async () => undefined, { unless: async () => answer })
    expect(task.action).toBe('until-done')
    expect(await task.check(new ScriptedHost({}).host)).toEqual(answer ? null : { summary: 'do it' })
  })
})

describe('the kit proves an action', () => {
  it('that is done each time', async () => {
    const host = new ScriptedHost({ true: '' })
    expect(
      await prove(
        action('reload', (on) => on.$`true`),
        host.host,
      ),
    ).toEqual({ summary: 'do it' })
    expect(host.commands).toEqual(['true'])
  })

  it('that has a condition only if it holds afterwards', async () => {
    let done = false
    const once = action('x', async () => (done = true), { unless: async () => done })
    expect(await prove(once, new ScriptedHost({}).host)).toEqual({ summary: 'do it' })
    const never = action('x', async () => undefined, { unless: async () => false })
    await expect(prove(never, new ScriptedHost({}).host)).rejects.toThrow(
      'x: a second run changes something again: do it',
    )
  })
})
