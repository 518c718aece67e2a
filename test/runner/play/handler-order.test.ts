import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RunSettings } from '../../../runner/play/run.ts'
import type { Task } from '../../../runner/task/task.ts'
import { switchTask } from '../task/fake-runtime.ts'
import { scriptedPlay } from './scripted-play.ts'

afterEach(() => void vi.restoreAllMocks())

const names = (ended: readonly string[]): string[] => ended.map((line) => line.replace(/^a /, ''))

async function handlersOf(notify: readonly Task[], settings: Partial<RunSettings> = {}): Promise<string[]> {
  const { on, events } = scriptedPlay(['a'], settings)
  const { ended } = await on({}, async ({ run }) => void (await run(notify.map((each) => from(each)))))
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
  return [...names(ended).filter((line) => !line.startsWith('from ')), ...notes]
}

/** A task that changes something and notifies a handler. */
const from = (handler: Task): Task => switchTask(`from ${handler.name}`, { notify: [handler] })
const failing = (name: string): Task => switchTask(name, { apply: () => Promise.reject(new Error('broken')) })

describe('handlers', () => {
  it('run in the order in which they were notified, if the playbook declares none', async () => {
    expect(await handlersOf([switchTask('restart'), switchTask('reload')])).toEqual([
      'restart changed',
      'reload changed',
    ])
  })

  it('run in the order of the playbook, whichever was notified first, and all others after them', async () => {
    const handlerOrder = ['daemon-reload', 'restart']
    const notified = ['mail', 'restart', 'log', 'daemon-reload'].map((name) => switchTask(name))
    expect(await handlersOf(notified, { handlerOrder })).toEqual([
      'daemon-reload changed',
      'restart changed',
      'mail changed',
      'log changed',
    ])
  })

  it('that a handler notifies take their place in the order too', async () => {
    const last = switchTask('last')
    const first = switchTask('first', { notify: [last] })
    expect(await handlersOf([switchTask('other'), first], { handlerOrder: ['first', 'last'] })).toEqual([
      'first changed',
      'last changed',
      'other changed',
    ])
  })

  it('wait for the next run if one before them in the order failed', async () => {
    const handlerOrder = ['mount', 'daemon-reload', 'restart']
    const notified = [switchTask('mail'), switchTask('restart'), failing('daemon-reload'), switchTask('mount')]
    expect(await handlersOf(notified, { handlerOrder })).toEqual([
      'mount changed',
      'daemon-reload failed',
      'mail changed',
      "'restart' waits for the next run, because 'daemon-reload' failed",
    ])
  })
})
