import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { CommandError, UnreachableError, unwrap } from '../../../runner/errors.ts'
import { loadShell, type Shell, shellOver, type ShellOptions } from '../../../runner/host/shell.ts'
import { zx } from '../../../runner/packages.ts'
import { type FakeSession, fakeSession, type Output } from './fake-session.ts'

/** Instead of zx's own, which would look for processes of this machine. */
const localKill = vi.fn(async () => undefined)
zx().$.kill = localKill

const shell = (output: Output, options?: ShellOptions): FakeSession & { $: Shell } => {
  const fake = fakeSession(output)
  return { ...fake, $: shellOver(() => fake.session, options) }
}
const failure = (command: Promise<unknown>): Promise<unknown> =>
  command.then(
    () => undefined,
    (error: unknown) => unwrap(error),
  )

describe('a command', () => {
  it('is a script of the session, with each argument quoted', async () => {
    const { $, scripts, inputs } = shell({ stdout: 'out\n', stderr: 'err\n', status: 0 })
    const output = await $`echo ${'a b'} ${['x', "it's"]}`
    expect(scripts).toEqual(["set -eu; echo 'a b' x 'it'\\''s'"])
    expect(inputs).toEqual([undefined])
    expect([output.stdout, output.stderr, output.exitCode]).toEqual(['out\n', 'err\n', 0])
  })

  it('runs in the session that is there when it starts', async () => {
    const [one, two] = [fakeSession(), fakeSession()]
    let session = one.session
    const $ = shellOver(() => session)
    await $`echo one`
    session = two.session
    await $`echo two`
    expect([one.scripts, two.scripts]).toEqual([['set -eu; echo one'], ['set -eu; echo two']])
  })

  it('that fails is an error with its output, without our own prefix', async () => {
    const { $ } = shell({ stdout: 'out\n', stderr: 'err\n', status: 3 })
    const error = await failure($`cat ${'/a b'}`)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ command: "cat '/a b'", exitCode: 3, output: 'out\n\nerr' })
  })

  it('may fail where that is wanted', async () => {
    const { $ } = shell({ stderr: 'err\n', status: 3 })
    const output = await $({ nothrow: true })`false`
    expect([output.exitCode, output.stderr]).toEqual([3, 'err\n'])
  })

  it('fails with the error of the session', async () => {
    const error = new UnreachableError('gone')
    expect(await failure(shell({ stdout: 'half', error }).$`true`)).toBe(error)
    const output = await shell({ stdout: 'half', error }).$({ nothrow: true })`true`
    expect([output.stdout, output.exitCode]).toEqual(['half', null])
  })

  it('ends after both of its streams were read', async () => {
    const { $ } = shell({ stdout: 'out', stderr: 'err', status: 0 })
    const events: unknown[] = []
    const running = $`true`
    const child = running.child!
    child.stdout!.on('end', () => events.push('stdout')).on('data', (text: Buffer) => events.push(text.toString()))
    child.stderr!.on('end', () => events.push('stderr')).on('data', (text: Buffer) => events.push(text.toString()))
    child.on('exit', (...args) => events.push(['exit', ...args]))
    child.on('close', (...args) => events.push(['close', ...args]))
    await running
    expect(events).toEqual(['out', 'err', 'stdout', 'stderr', ['exit', 0, null], ['close', 0, null]])
  })

  it('shows each line with its secrets masked, and keeps the same for an error', async () => {
    const lines: string[] = []
    const options: ShellOptions = {
      onLine: (line) => void lines.push(line),
      mask: (text) => text.replaceAll('hunter2', '***'),
    }
    const { $ } = shell({ stdout: 'a hunter2\nrest\n', stderr: 'b hunter2\n', status: 1 }, options)
    const error = await failure($`true`)
    expect(lines).toEqual(['a ***', 'rest', 'b ***'])
    expect(error).toMatchObject({ output: 'a ***\nrest\n\nb ***' })
  })

  it('never shows anything by itself', async () => {
    const { $ } = shell({ status: 0 })
    const running = $`true`
    expect(running.isQuiet()).toBe(true)
    expect(running.quiet(false).isVerbose()).toBe(false)
    await running
  })

  it('has the options of a shell without input', async () => {
    const { $ } = shell({ status: 0 })
    const spawn = vi.fn(() => {
      throw new Error('not here')
    })
    await $({ spawn: spawn as never, nothrow: true })`true`
    expect(spawn).toHaveBeenCalledWith(
      'set -eu; true',
      [],
      expect.objectContaining({ shell: '/bin/sh', stdio: ['ignore', 'pipe', 'pipe'] }),
    )
  })
})

describe('the input of a command', () => {
  it.each<[string, string | Buffer | Readable | null | undefined, string | undefined]>([
    ['a text', 'tü', 'tü'],
    ['bytes', Buffer.from('a\0b'), 'a\0b'],
    ['no bytes', Buffer.alloc(0), ''],
    ['a stream', Readable.from([Buffer.from('one '), Buffer.from('two')]), 'one two'],
    ['null', null, undefined],
    ['not given', undefined, undefined],
  ])('may be %s', async (_, input, text) => {
    const { $, inputs } = shell({ status: 0 })
    await $({ input: input as string })`cat`
    expect(inputs).toEqual([text])
  })
})

describe('a command is ended', () => {
  const reason = new Error('stop')

  it('by the signal of its shell', async () => {
    const abort = new AbortController()
    const { $ } = shell({}, { signal: abort.signal })
    const failed = failure($`sleep 9`)
    abort.abort(reason)
    expect(await failed).toBe(reason)
  })

  it('by its own signal', async () => {
    const abort = new AbortController()
    const { $ } = shell({}, { signal: new AbortController().signal })
    const failed = failure($({ signal: abort.signal })`sleep 9`)
    abort.abort(reason)
    expect(await failed).toBe(reason)
  })

  it('by a signal without an error', async () => {
    const abort = new AbortController()
    const { $ } = shell({}, { signal: abort.signal })
    const failed = failure($`sleep 9`)
    abort.abort('because')
    expect(await failed).toEqual(new Error('aborted'))
  })

  it('on its host alone, never by its process id here', async () => {
    const { $ } = shell({})
    const running = $`sleep 9`
    const failed = failure(running)
    await running.kill()
    expect(await failed).toMatchObject({ name: 'AbortError' })
    expect(localKill).not.toHaveBeenCalled()
  })

  it('by its child, which says that it could', async () => {
    const { $ } = shell({})
    const running = $`sleep 9`
    const failed = failure(running)
    expect(running.child!.kill()).toBe(true)
    expect(await failed).toMatchObject({ name: 'AbortError' })
  })

  it('and is not known any more', async () => {
    const { $ } = shell({ status: 0 })
    const running = $`true`
    const pid = running.pid
    await running
    await loadShell().$.kill(pid as number, 'SIGINT')
    expect(localKill).toHaveBeenCalledExactlyOnceWith(pid, 'SIGINT')
  })
})

it('each command has a name of its own instead of a process id', async () => {
  const { $ } = shell({ status: 0 })
  const [one, two] = [$`true`, $`true`]
  const [first, second] = [one, two].map(({ pid }) => Number(/^cutover-(\d+)$/.exec(String(pid))?.[1]))
  expect(first).toBeGreaterThan(0)
  expect(second).toBe(first! + 1)
  await Promise.all([one, two])
})

it('zx is loaded once', () => {
  const { kill } = loadShell().$
  expect(loadShell()).toBe(zx())
  expect(loadShell().$.kill).toBe(kill)
})
