import { describe, expect, it } from 'vitest'
import { BarrierError, UsageError } from '../../../runner/errors.ts'
import { Semaphore } from '../../../runner/semaphore.ts'
import { localHost } from '../../../runner/inventory/local.ts'
import { delegate, delegated, type Delegation } from '../../../runner/play/delegate.ts'
import { runTasks } from '../../../runner/task/index.ts'
import { fakeRuntime, switchTask } from '../task/fake-runtime.ts'

const failing = (name: string): ReturnType<typeof switchTask> =>
  switchTask(name, { check: () => Promise.reject(new Error('broken')) })

function delegation(more: Partial<Delegation> = {}) {
  const fake = fakeRuntime({ name: 'web-1' })
  const mutex = new Semaphore(1)
  const options: Delegation = {
    to: 'db',
    tasks: [switchTask('a'), switchTask('b')],
    connect: async () => {
      fake.log.push('connect')
      return { mutex, runtime: fake.runtime }
    },
    proceed: undefined,
    run: async (runtime, tasks) => {
      const outcomes = await runTasks(runtime, tasks)
      return new Map(tasks.flatMap((task, index) => outcomes.slice(index, index + 1).map((each) => [task, each])))
    },
    ...more,
  }
  return { ...fake, mutex, options }
}

describe('tasks that are delegated', () => {
  it('run in order under the name of the host that they run on, and then their handlers', async () => {
    const { options, log } = delegation({
      tasks: [switchTask('a', { notify: [switchTask('restart')] }), switchTask('b')],
    })
    expect([...(await delegate(options)).values()]).toEqual([
      { status: 'changed', change: { summary: 'turn a on' } },
      { status: 'changed', change: { summary: 'turn b on' } },
    ])
    expect(log).toEqual([
      'connect',
      'changed',
      'changed a → db',
      'changed',
      'changed b → db',
      'changed',
      'changed restart',
      'changed',
    ])
  })

  it('keep their own names for others', async () => {
    const task = switchTask('a')
    await delegate(delegation({ tasks: [task] }).options)
    expect(task.name).toBe('a')
  })

  it('stop when the host that delegates must not go on, and its handlers run nevertheless', async () => {
    const stopped = new BarrierError('web-2 failed')
    const started: string[] = []
    const proceed = (): void => {
      if (started.push('task') === 2) throw stopped
    }
    const { options, log } = delegation({
      tasks: [switchTask('a', { notify: [switchTask('restart')] }), switchTask('b')],
      proceed,
    })
    await expect(delegate(options)).rejects.toBe(stopped)
    expect(log.filter((line) => line !== 'changed')).toEqual(['connect', 'changed a → db', 'changed restart'])
  })

  it('do not stop for the host that they run on', async () => {
    const never = (): never => {
      throw new BarrierError('not asked')
    }
    const { runtime } = fakeRuntime({ proceed: never })
    const { options } = delegation({ connect: async () => ({ mutex: new Semaphore(1), runtime }) })
    expect(await delegate(options)).toHaveLength(2)
  })

  it.each([
    ['a task', [failing('a')], 'web-1: a → db: check failed'],
    ['a handler', [switchTask('a', { notify: [failing('restart')] })], 'web-1: restart: check failed'],
    [
      'a task and then a handler: the task’s error is the one',
      [switchTask('a', { notify: [failing('restart')] }), failing('b')],
      'web-1: b → db: check failed',
    ],
  ])('fail with the error of %s', async (_, tasks, message) => {
    await expect(delegate(delegation({ tasks }).options)).rejects.toThrow(message)
  })

  it('wait for other work on that host', async () => {
    const { options, mutex, log } = delegation()
    let release = (): void => undefined
    const other = mutex.run(() => new Promise<void>((resolve) => (release = resolve)))
    const running = delegate(options)
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual(['connect'])
    release()
    await Promise.all([other, running])
    expect(log.at(-1)).toBe('changed b → db')
  })

  it('give the host free when they fail', async () => {
    const { options, mutex } = delegation({ tasks: [failing('a')] })
    await expect(delegate(options)).rejects.toThrow('web-1: a → db: check failed')
    expect(await mutex.run(async () => 'free')).toBe('free')
  })

  it('fail with the error of the connection', async () => {
    const error = new Error('no answer')
    await expect(delegate(delegation({ connect: () => Promise.reject(error) }).options)).rejects.toBe(error)
  })
})

describe('the host that tasks are delegated to', () => {
  const hosts = ['web', 'db'].map((name) => localHost({ name, address: `${name}.example.org`, vars: {} }))

  it('is one of the inventory', () => {
    expect(delegated('db', hosts)).toBe(hosts[1])
    const own = localHost({ name: 'localhost', address: '192.0.2.1', vars: {} })
    expect(delegated('localhost', [...hosts, own])).toBe(own)
  })

  it('is this machine for localhost', () => {
    expect(delegated('localhost', hosts)).toMatchObject({
      name: 'localhost',
      target: { address: '127.0.0.1' },
      connection: 'local',
      become: 'none',
      vars: {},
    })
  })

  it('is no other, and the hosts that there are are named', () => {
    const refused = (name: string): unknown => {
      try {
        return delegated(name, hosts)
      } catch (error) {
        return error
      }
    }
    expect(refused('d')).toBeInstanceOf(UsageError)
    expect(refused('d')).toMatchObject({
      message: "delegate: no host is called 'd'",
      hint: 'There are: web, db, localhost.',
    })
  })
})
