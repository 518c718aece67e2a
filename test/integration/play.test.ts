import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UnreachableError } from '../../runner/errors.ts'
import type { Change } from '../../runner/events.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import type { OnOptions } from '../../runner/play/on-options.ts'
import { TaskFilter } from '../../runner/play/task-filter.ts'
import { type Task, task, until } from '../../runner/task/task.ts'
import { ran } from '../runner/ran.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
// Where a host, here this machine, keeps its handlers that are still to run.
process.env.XDG_STATE_HOME = folder
let count = 0
const fresh = (): string => join(folder, String(++count))

/** A file that is to be there. */
const touch = (name: string, path: string, more: Partial<Task> = {}): Task =>
  task({
    name,
    check: async (host) =>
      (await host.$({ nothrow: true })`test -e ${path}`).exitCode === 0 ? null : { summary: 'create' },
    apply: async (host) => void (await host.$`touch ${path}`),
    ...more,
  })
const readIf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
const fails = (name: string, more: Partial<Task> = {}): Task =>
  task({
    name,
    check: async () => ({ summary: 'fail' }),
    apply: async (host) => void (await host.$`echo reason >&2; exit 3`),
    ...more,
  })

describe('a task', () => {
  it('changes what it must, and holds the second time', async () => {
    const path = fresh()
    const work = async ({ run }: OnHost<unknown>): Promise<void> => void (await run(touch('file', path)))
    expect((await ran('a', {}, work, { check: true })).ended).toEqual(['a file changed'])
    expect((await ran('a', {}, work)).ended).toEqual(['a file changed'])
    expect((await ran('a', {}, work)).ended).toEqual(['a file ok'])
  })

  it('is tried again as often as it says, and looks before each attempt', async () => {
    const log = fresh()
    const flaky = task({
      name: 'flaky',
      check: async (host) =>
        (await host.$({ nothrow: true })`wc -l <${log}`).stdout.trim() === '3' ? null : { summary: 'not three' },
      apply: async (host) => void (await host.$`echo x >>${log}; test "$(wc -l <${log})" = 3`),
      retries: 5,
      delay: 1,
    })
    const { ended, events } = await ran('a', {}, async ({ run }) => void (await run(flaky)))
    expect(ended).toEqual(['a flaky changed'])
    expect(events.filter((event) => event.type === 'task-retry').map((event) => event.left)).toEqual([5, 4])
    const lost = await ran('a', {}, async ({ run }) => void (await run(fails('never', { retries: 2, delay: 1 }))))
    expect([lost.ended, lost.events.filter((event) => event.type === 'task-retry')]).toEqual([
      ['a never failed'],
      expect.objectContaining({ length: 2 }),
    ])
  })

  it('waits until something holds', async () => {
    const path = fresh()
    const { ended } = await ran('a', {}, async ({ run, view }) => {
      setTimeout(() => void view.$`touch ${path}`, 200)
      await run(
        until(
          'file is there',
          async (host) => ((await host.$({ nothrow: true })`test -e ${path}`).exitCode === 0 ? null : 'not yet'),
          { delay: 50 },
        ),
      )
    })
    expect(ended).toEqual(['a file is there ok'])
  })

  it('ends at its timeout, with its commands', async () => {
    const slow = task({
      name: 'slow',
      check: async () => ({ summary: 'sleep' }),
      apply: async (host) => void (await host.$`sleep 60`),
      timeout: 300,
      retries: 3,
    })
    const { ended, events } = await ran('a', {}, async ({ run }) => void (await run(slow)))
    expect(ended).toEqual(['a slow failed'])
    expect(events.find((event) => event.type === 'task-end')).toMatchObject({
      error: ['not done within 0.3 s: its commands were ended on the host'],
    })
  })

  it('that can’t be read after a change that check mode did not make is unknown', async () => {
    const needs = task({
      name: 'needs',
      check: async (host) => (await host.$`cat ${fresh()}`, null),
      apply: async () => undefined,
    })
    expect(
      (await ran('a', {}, async ({ run }) => void (await run(touch('file', fresh()), needs)), { check: true })).ended,
    ).toEqual(['a file changed', 'a needs unknown'])
  })

  it('is over when its time is, though its command bears failure', async () => {
    const bears = task({
      name: 'bears',
      check: async (host) =>
        (await host.$({ nothrow: true })`sleep 5; exit 7`).exitCode === 0 ? { summary: 'x' } : null,
      apply: async () => undefined,
      timeout: 300,
    })
    expect((await ran('a', {}, async ({ run }) => void (await run(bears)))).ended).toEqual(['a bears failed'])
  })

  it('is not done again and again where no channel is to be had, while its shell lives', async () => {
    let applied = 0
    const refused = task({
      name: 'refused',
      check: async () => ({ summary: 'x' }),
      apply: () => ((applied += 1), Promise.reject(new UnreachableError('no channel'))),
    })
    const { ended, hosts } = await ran('a', {}, async ({ run }) => void (await run(refused)))
    expect([ended, hosts, applied]).toEqual([['a refused failed'], { a: 'unreachable' }, 1])
  })

  it('is looked at anew after one that waited', async () => {
    const path = fresh()
    const make = setTimeout(() => writeFileSync(path, ''), 300)
    const reads = task({
      name: 'reads',
      check: async (host) => (await host.$`cat ${path}`, null),
      apply: async () => undefined,
    })
    const { ended } = await ran(
      'a',
      {},
      async ({ run }) =>
        void (await run(
          until(
            'it is there',
            async (host) => ((await host.$({ nothrow: true })`test -e ${path}`).exitCode === 0 ? null : 'not yet'),
            { delay: 50 },
          ),
          reads,
        )),
    )
    clearTimeout(make)
    expect(ended).toEqual(['a it is there ok', 'a reads ok'])
  })

  it('is taken back to what was before its first attempt', async () => {
    const path = fresh()
    writeFileSync(path, 'original')
    const put = (on: Parameters<Task['apply']>[0], text: string): Promise<void> => on.write(path, text)
    let attempts = 0
    const change = task<Change & { was: string }>({
      name: 'change',
      check: async (on) => {
        const was = (await on.read(path))!
        return was === 'new' ? null : { summary: 'x', was }
      },
      apply: async (on) => {
        if (attempts++ === 0) {
          await put(on, 'half')
          throw new Error('half-way')
        }
        await put(on, 'new')
      },
      undo: (on, { was }) => put(on, was),
      retries: 1,
      delay: 1,
    })
    await ran('a', {}, async ({ transaction }) => void (await transaction(change, fails('then'))))
    expect(readFileSync(path, 'utf8')).toBe('original')
  })

  it('goes on to its end when another that was awaited with it fails, and is done once', async () => {
    const path = fresh()
    const slow = task({
      name: 'slow',
      check: async () => (readIf(path) === 'xx' ? null : { summary: 'x' }),
      apply: async (on) => void (await on.$`printf x >>${path}; sleep 0.4; printf x >>${path}`),
    })
    const { ended } = await ran('a', {}, async ({ run }) => void (await Promise.all([run(slow), run(fails('fails'))])))
    expect(ended.toSorted()).toEqual(['a fails failed', 'a slow changed'])
    expect(readIf(path)).toBe('xx')
  })

  it('notifies its handlers once, even if a later task fails', async () => {
    const handler = touch('handler', fresh())
    const { ended, hosts } = await ran(
      'a',
      {},
      async ({ run }) =>
        void (await run(
          touch('one', fresh(), { notify: [handler] }),
          touch('two', fresh(), { notify: [handler] }),
          fails('three'),
        )),
    )
    expect(ended).toEqual(['a one changed', 'a two changed', 'a three failed', 'a handler changed'])
    expect(hosts).toEqual({ a: 'failed' })
  })

  it('leaves its handlers to the next run when they could not run, whoever notified them', async () => {
    const [first, second, ready] = [fresh(), fresh(), fresh()]
    const restart = touch('handler', `${ready}.done`, {
      apply: async (host) => void (await host.$`test -e ${ready}; touch ${ready}.done`),
    })
    const work = async ({ run }: OnHost<unknown>): Promise<void> =>
      void (await run(
        touch('one', first, { notify: [{ ...restart }] }),
        touch('two', second, { notify: [{ ...restart }] }),
      ))
    expect((await ran('a', {}, work)).ended).toEqual(['a one changed', 'a two changed', 'a handler failed'])
    expect((await ran('a', {}, work, { check: true })).ended).toEqual(['a one ok', 'a two ok', 'a handler changed'])
    expect((await ran('a', {}, work)).ended).toEqual(['a one ok', 'a two ok', 'a handler failed'])
    writeFileSync(ready, '')
    expect((await ran('a', {}, work)).ended).toEqual(['a one ok', 'a two ok', 'a handler changed'])
    expect((await ran('a', {}, work)).ended).toEqual(['a one ok', 'a two ok'])
  })

  it('notifies handlers that notify others', async () => {
    const [last, path] = [touch('last', fresh()), fresh()]
    const work = async ({ run }: OnHost<unknown>): Promise<void> =>
      void (await run(touch('one', path, { notify: [touch('first', fresh(), { notify: [last] })] })))
    expect((await ran('a', {}, work)).ended).toEqual(['a one changed', 'a first changed', 'a last changed'])
    expect((await ran('a', {}, work)).ended).toEqual(['a one ok'])
  })

  it('hands its handlers over when told to', async () => {
    const handler = touch('handler', fresh())
    const { ended } = await ran('a', {}, async ({ run, flush }) => {
      await run(touch('one', fresh(), { notify: [handler] }))
      await flush()
      await run(touch('two', fresh()))
    })
    expect(ended).toEqual(['a one changed', 'a handler changed', 'a two changed'])
  })
})

describe('the hosts of a play', () => {
  const failOn =
    (host: string): ((on: OnHost<unknown>) => Promise<void>) =>
    async (on) =>
      void (await on.run(on.host.name === host ? fails('work') : touch('work', fresh())))

  it('go in batches, and the rest is skipped after a failure', async () => {
    const { hosts, left, ended } = await ran('a b c d e', { serial: [1, 2] }, failOn('c'))
    expect(hosts).toEqual({ a: 'done', b: 'done', c: 'failed', d: 'skipped', e: 'skipped' })
    expect(left).toEqual(['c', 'd', 'e'])
    expect(ended.indexOf('a work changed')).toBe(0)
  })

  it('had changed what an attempt changed that then failed', async () => {
    const path = fresh()
    const { ended } = await ran(
      'a',
      {},
      async ({ run }) =>
        void (await run(
          touch('file', path, {
            apply: async (host) => void (await host.$`touch ${path}; exit 1`),
            retries: 1,
            delay: 1,
          }),
        )),
    )
    expect(ended).toEqual(['a file changed'])
  })

  it.each<[OnOptions, string]>([
    [{ serial: 1, maxFail: 1 }, 'done failed done'],
    [{ serial: 1, keepGoing: true }, 'done failed done'],
    [{ serial: 2, maxFail: '50%' }, 'done failed done'],
    [{ serial: 2, maxFail: '49%' }, 'done failed skipped'],
  ])('may fail as %j says', async (options, expected) => {
    const { hosts } = await ran('a b c', options, failOn('b'))
    expect(`${hosts.a} ${hosts.b} ${hosts.c}`).toBe(expected)
  })

  it('wait for one another in the middle of their tasks', async () => {
    const { ended } = await ran('a b c', {}, async ({ host, run, barrier: together }) => {
      const slow = task({
        name: 'first',
        check: async () => (await new Promise((resolve) => setTimeout(resolve, host.name === 'b' ? 200 : 0)), null),
        apply: async () => undefined,
      })
      await run(slow, together('the middle'), touch('second', fresh()))
    })
    expect(ended.slice(0, 3).sort()).toEqual(['a first ok', 'b first ok', 'c first ok'])
    expect(ended).toHaveLength(6)
  })

  it('hold up the others at a barrier when one fails before it', async () => {
    const { hosts } = await ran(
      'a b',
      {},
      async ({ host, run, barrier: together }) =>
        void (await run(host.name === 'a' ? fails('x') : touch('x', fresh()), together('gate'), touch('y', fresh()))),
    )
    expect(hosts).toEqual({ a: 'failed', b: 'skipped' })
  })

  it('are not too many at once, and a wait gives its place away', async () => {
    let now = 0
    let most = 0
    const { hosts } = await ran('a b c d e f', { forks: 2 }, async ({ run, barrier: together }) => {
      const work = task({
        name: 'work',
        check: async () => (
          (most = Math.max(most, ++now)),
          await new Promise((resolve) => setTimeout(resolve, 20)),
          (now -= 1),
          null
        ),
        apply: async () => undefined,
      })
      await run(work, together('all'), work)
    })
    expect(Object.values(hosts)).toEqual(Array.from({ length: 6 }, () => 'done'))
    expect(most).toBe(2)
  })

  it('stop at their next task where any error is fatal', async () => {
    const { hosts, ended } = await ran('a b', { anyErrorsFatal: true }, async ({ host, run }) => {
      if (host.name === 'a') return void (await run(fails('x')))
      for (let index = 0; index < 100; index++) {
        await run(touch(`step ${index}`, fresh()))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    expect(hosts).toEqual({ a: 'failed', b: 'skipped' })
    expect(ended.length).toBeLessThan(80)
  })

  it('wait for one another each time that they come to a place of the same name', async () => {
    const seen: string[] = []
    await ran('a b', {}, async ({ host, run, barrier: together }) => {
      for (const turn of [1, 2]) {
        if (host.name === 'b') await new Promise((resolve) => setTimeout(resolve, 100))
        seen.push(`${host.name}${turn}`)
        await run(together('place'))
      }
    })
    expect(seen).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('run the handlers of what they delegate, also when a later task of it fails', async () => {
    const handler = touch('handler', fresh())
    const { ended } = await ran(
      'a b',
      {},
      async ({ host, delegate }) =>
        void (host.name === 'a' && (await delegate('b', touch('one', fresh(), { notify: [handler] }), fails('two')))),
    )
    expect(ended).toEqual(['a one → b changed', 'a two → b failed', 'a handler changed'])
  })

  it('have a transaction done whole or not at all, as tags and a person choose', async () => {
    const steps = [{ ...touch('one', fresh()), tags: ['a'] }, touch('two', fresh())]
    const ended = async (filter: TaskFilter): Promise<string[]> =>
      (await ran('a', {}, async ({ transaction }) => void (await transaction(...steps)), { filter, check: true })).ended
    expect(await ended(new TaskFilter({ tags: ['typo'] }))).toEqual([])
    expect(await ended(new TaskFilter({ tags: ['a'] }))).toEqual(['a one changed', 'a two changed'])
    const asked: string[] = []
    expect(await ended(new TaskFilter({ ask: async (task) => (asked.push(task), 'no') }))).toEqual([])
    expect(asked).toEqual(['all of: one; two'])
  })

  it('are at least one at a time, and a whole number', async () => {
    await expect(ran('a', { serial: 0 }, async () => undefined)).rejects.toThrow(
      'serial is a number of hosts, 1 or more, or a share such as 25%, not 0',
    )
    await expect(ran('a', { maxFail: Number.NaN }, async () => undefined)).rejects.toThrow(
      'maxFail is a number of hosts, 0 or more, or a share such as 25%, not NaN',
    )
    await expect(ran('a', { forks: 0 }, async () => undefined)).rejects.toThrow(
      'forks is a whole number of 1 or more, not 0',
    )
    await expect(ran('a', { serial: '50%', maxFail: '0%', forks: 1 }, async () => undefined)).resolves.toBeDefined()
  })

  it('have something done once for all', async () => {
    const log = fresh()
    const { ended, hosts } = await ran('a b c', { serial: 2 }, async ({ host, run, once, view }) => {
      const given = await once('token', async () => (await run(touch('once', fresh())), `from ${host.name}`))
      await view.$`echo ${given} >>${log}`
    })
    expect(ended).toHaveLength(1)
    expect(Object.values(hosts)).toEqual(['done', 'done', 'done'])
    const shown = await ran('a', {}, async ({ view, say }) => say((await view.read(log))!))
    expect(
      new Set(
        shown.events
          .find((event) => event.type === 'note')!
          .text.trim()
          .split('\n'),
      ).size,
    ).toBe(1)
    // Whoever comes first does it, and the other hears of it.
    expect(
      Object.values(
        (await ran('a b', {}, async ({ run, once }) => void (await once('bad', () => run(fails('x')))))).hosts,
      ).sort(),
    ).toEqual(['failed', 'skipped'])
  })

  it('let another host, or this machine, do a task for them, one at a time', async () => {
    let now = 0
    let most = 0
    const slow = task({
      name: 'slow',
      check: async (host) => (
        expect(host.name).toBe('c'),
        (most = Math.max(most, ++now)),
        await new Promise((resolve) => setTimeout(resolve, 20)),
        (now -= 1),
        null
      ),
      apply: async () => undefined,
    })
    const { ended, hosts } = await ran('a b c', {}, async ({ host, delegate }) => {
      if (host.name !== 'c') await delegate('c', slow)
      if (host.name === 'a') await delegate('localhost', touch('local', fresh()))
      if (host.name === 'b') await delegate('x', touch('nowhere', fresh()))
    })
    expect(most).toBe(1)
    expect(ended.sort()).toEqual(['a local → localhost changed', 'a slow → c ok', 'b slow → c ok'])
    expect(hosts).toEqual({ a: 'done', b: 'failed', c: 'done' })
  })
})
