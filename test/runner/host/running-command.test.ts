import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { Session } from '../../../runner/connection/session/session.ts'
import { CutoverError, UnreachableError } from '../../../runner/errors.ts'
import { type RunningCommand, spawnCommand } from '../../../runner/host/running-command.ts'

interface Started {
  command: RunningCommand
  stdout: PassThrough
  stderr: PassThrough
  stdin: PassThrough
}

/** A command on a channel that exists only here. */
async function started(closed: Promise<number | null>): Promise<Started> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  closed.catch(() => undefined)
  const openChannel = async (script: string): Promise<unknown> => {
    const marker = /^echo (\w{16}); set -eu; feed$/.exec(script)?.[1]
    stdout.write(`Welcome!\nprompt> ${marker}\n`)
    return { stdin, stdout, stderr, closed }
  }
  const command = await spawnCommand('a', { openChannel } as unknown as Session, 'feed')
  return { command, stdin, stdout, stderr }
}

it('a running command gives its lines, without what a login shell prints before, and null at its end', async () => {
  const { command, stdout } = await started(Promise.resolve(0))
  const first = command.line()
  stdout.write('on')
  stdout.write('e\ntwo\n\nthree\nrest')
  expect([await first, await command.line(), await command.line(), await command.line()]).toEqual([
    'one',
    'two',
    '',
    'three',
  ])
  const last = command.line()
  stdout.end()
  expect([await last, await command.line()]).toEqual([null, null])
})

it('a line also ends where a program writes over it', async () => {
  const { command, stdout } = await started(Promise.resolve(0))
  for (const text of ['a\r', '\nb\rc', '\r\rd\r\n']) stdout.write(text)
  const lines: (string | null)[] = []
  for (let left = 5; left > 0; left--) lines.push(await command.line())
  expect(lines).toEqual(['a', 'b', 'c', '', 'd'])
})

it('a running command gets input, until it is ended', async () => {
  const { command, stdin } = await started(Promise.resolve(0))
  command.write('a\n')
  command.write('b\n')
  await command.end()
  expect(String(stdin.read())).toBe('a\nb\n')
  expect(stdin.writableEnded).toBe(true)
})

it.each([
  [3, 'a running command ended with 3: no such file'],
  [null, 'a running command ended with a signal: no such file'],
])('a running command that ends with %s is an error', async (status, message) => {
  const { command, stderr } = await started(Promise.resolve(status))
  stderr.write(' no such file\n')
  await new Promise((resolve) => setImmediate(resolve))
  const error = await command.end().catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(CutoverError)
  expect(error).toMatchObject({ message })
})

it('a connection that is lost makes the host unreachable', async () => {
  const { command } = await started(Promise.reject(new Error('reset')))
  const error = await command.end().catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(UnreachableError)
  expect(error).toMatchObject({ message: 'a: the connection was lost', cause: { message: 'reset' } })
})
