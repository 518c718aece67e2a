import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type PendingCommand, PendingCommands } from '../../../../runner/connection/session/pending-commands.ts'

interface Fake {
  pending: PendingCommands
  stdout: PassThrough
  stderr: PassThrough
  /** What became of the commands, in order. */
  log: string[]
  /** Adds a command whose output and end are logged. */
  add: (id: number, name: string) => PendingCommand
}

/** The commands of a shell with the marker `M`, whose two streams are the test's. */
function fake(): Fake {
  const log: string[] = []
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const pending = new PendingCommands('M', ({ pid }) => void log.push(`started ${pid}`))
  pending.listen(stdout, 'stdout')
  pending.listen(stderr, 'stderr')
  const add = (id: number, name: string): PendingCommand => {
    const sent: PendingCommand[] = []
    const options = {
      stdout: (bytes: Buffer) => void log.push(`${name} out ${bytes.toString()}`),
      stderr: (bytes: Buffer) => void log.push(`${name} err ${bytes.toString()}`),
    }
    pending
      .add(id, options, (command) => void sent.push(command))
      .then(
        (status) => log.push(`${name} ended with ${status}`),
        (error: unknown) => log.push(`${name} failed: ${String(error)}`),
      )
    expect(sent).toMatchObject([{ options, openStreams: 2, status: 0 }])
    return sent[0]!
  }
  return { pending, stdout, stderr, log, add }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a command', () => {
  it('ends when it has ended on both streams', async () => {
    const { stdout, stderr, log, add } = fake()
    const command = add(0, 'a')
    stdout.write('onM:0:3;')
    await turn()
    expect([log, command.openStreams]).toEqual([['a out on'], 1])
    stderr.write('twoM:0;')
    await turn()
    expect(log).toEqual(['a out on', 'a err two', 'a ended with 3'])
  })

  it('has the status of its output, whichever stream ends first', async () => {
    const { stdout, stderr, log, add } = fake()
    add(0, 'a')
    add(1, 'b')
    stderr.write('M:0;M:1;')
    stdout.write('M:0:7;M:1:0;')
    await turn()
    expect(log).toEqual(['a ended with 7', 'b ended with 0'])
  })

  it('gets the output after the end of the one before it, on each stream', async () => {
    const { stdout, stderr, log, add } = fake()
    add(0, 'a')
    add(1, 'b')
    stdout.write('1M:0:0;2M:1:0;')
    await turn()
    stderr.write('3M:0;4M:1;')
    await turn()
    expect(log).toEqual(['a out 1', 'b out 2', 'a err 3', 'b err 4', 'a ended with 0', 'b ended with 0'])
  })

  it('needs nobody who reads its output', async () => {
    const { pending, stdout, stderr } = fake()
    const status = pending.add(0, {}, () => undefined)
    stdout.write('outM:0:0;')
    stderr.write('errM:0;')
    expect(await status).toBe(0)
  })

  it('has a process once it has begun', async () => {
    const { pending, stdout, log, add } = fake()
    const command = add(1, 'a')
    expect(command.pid).toBeUndefined()
    stdout.write('M:1@4711;')
    await turn()
    expect([command.pid, log, pending.shell]).toEqual([4711, ['started 4711'], undefined])
  })
})

it('a shell is known by its process and its start time, and no command changes that', async () => {
  const { pending, stdout, log, add } = fake()
  stdout.write('M:0@99 1234;')
  await turn()
  expect([pending.shell, log]).toEqual([{ pid: 99, since: '1234' }, []])
  add(1, 'a')
  stdout.write('M:1@100;')
  await turn()
  expect(pending.shell).toEqual({ pid: 99, since: '1234' })
})

describe('what belongs to no command', () => {
  it('is ignored', async () => {
    const { stdout, stderr, log, add } = fake()
    stdout.write('textM:5@12;moreM:5:1;M:0:0;')
    stderr.write('textM:5;M:0;')
    add(1, 'a')
    stdout.write('M:1:2;')
    stderr.write('M:1;')
    await turn()
    expect(log).toEqual(['a ended with 2'])
  })

  it('may come after the end of the last one', async () => {
    const { stdout, stderr, log, add } = fake()
    add(0, 'a')
    stdout.write('M:0:0;late')
    stderr.write('M:0;late')
    await turn()
    stdout.write('M:0:5;')
    await turn()
    expect(log).toEqual(['a ended with 0'])
  })
})

it('all commands fail together, once, each with its own error', async () => {
  const { pending, stdout, stderr, log, add } = fake()
  add(0, 'a')
  add(3, 'b')
  pending.rejectAll((id) => `lost ${id}`)
  pending.rejectAll((id) => {
    throw new Error(`${id} has failed before`)
  })
  stdout.write('outM:0:0;')
  stderr.write('M:0;')
  await turn()
  expect(log).toEqual(['a failed: lost 0', 'b failed: lost 3'])
})
