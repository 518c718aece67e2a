import { describe, expect, it } from 'vitest'
import { message, UndoError } from '../../runner/errors.ts'
import { CommandError, CutoverError, type Host, task } from '../../runner/index.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import { ran } from '../runner/ran.ts'

const failing = (host: Host): Promise<unknown> => host.$`echo out; echo err >&2; exit 3`

/** A command that fails, in the hands of whoever may get its error. */
const ways: Record<string, (on: OnHost<unknown>) => Promise<unknown>> = {
  'an apply that lets it through': (on) =>
    on.run(
      task({ name: 'x', check: async () => ({ summary: 'y' }), apply: async (host) => void (await failing(host)) }),
    ),
  'an error of ours with it as its cause': (on) =>
    on.run(
      task({
        name: 'x',
        check: async () => ({ summary: 'y' }),
        apply: (host) =>
          failing(host).then(
            () => undefined,
            (cause: unknown) => Promise.reject(new CutoverError('it did not come up', { cause, hint: 'Look at it.' })),
          ),
      }),
    ),
  'a playbook outside of any task': (on) => failing(on.view),
  'work that is done once for all': (on) => on.once('look', () => failing(on.view)),
  'an author’s own error': (on) =>
    failing(on.view).catch((cause: unknown) => Promise.reject(new Error('the backup failed', { cause }))),
  'an undo': async (on) => {
    let done = false
    await on.transaction(
      task({
        name: 'first',
        check: async () => (done ? null : { summary: 'y' }),
        apply: async () => void (done = true),
        undo: async (host) => void (await failing(host)),
      }),
      { wait: 'all', until: () => failing(on.view).then(() => undefined) },
    )
  },
  'a retry': (on) =>
    on.run(
      task({
        name: 'x',
        retries: 1,
        delay: 1,
        check: async () => ({ summary: 'y' }),
        apply: (host) =>
          failing(host).catch((cause: unknown) => Promise.reject(new CutoverError('no', { cause }))) as Promise<never>,
      }),
    ),
}

describe('the error of a command on a host', () => {
  it.each(Object.entries(ways))(
    'says command, status and output, and nothing of zx, through %s',
    async (name, work) => {
      // With two hosts, `once` fails for the second one too.
      const { said, events } = await ran(
        'a b',
        { keepGoing: true, serial: undefined },
        async (on) => void (await work(on)),
      )
      const told = JSON.stringify(
        events.map((event) => ('error' in event && event.error !== undefined ? message(event.error) : '')),
      )
      for (const text of [said, told]) expect(text).not.toMatch(/errno:|exit code|^ *at |async_hooks|ProcessOutput/m)
      expect(said).toContain('ended with 3')
      expect(said).toContain('out\n')
      if (name.includes('ours')) expect(said).toContain('it did not come up\nLook at it.')
      if (name.includes('author')) expect(said).toContain('the backup failed')
    },
  )

  it('is the cause itself, wherever an error of ours is looked into', async () => {
    let seen: UndoError | undefined
    await ran('a', {}, async (on) => {
      const raw = await failing(on.view).catch((error: unknown) => error)
      seen = new UndoError(raw, [{ task: 'undo', error: raw }])
    })
    expect(seen!.cause).toBeInstanceOf(CommandError)
    expect(seen!.message).toMatch(/ended with 3$/)
    expect(seen!.hint).toMatch(/^Undoing failed too, in: undo \(.* ended with 3\)\.$/)
  })
})
