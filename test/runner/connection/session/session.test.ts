import { afterEach, describe, expect, it, vi } from 'vitest'
import { killTree } from '../../../../runner/connection/session/kill-tree.ts'
import { Session } from '../../../../runner/connection/session/session.ts'
import { type FakeChannel, type FakeConnection, newConnection, settle } from '../fake-channel.ts'

afterEach(() => void vi.useRealTimers())

interface Shell {
  session: Session
  connection: FakeConnection
  channel: FakeChannel
  marker: string
  /** Says what a frame's process says when it begins. */
  begin: (id: number, pid: number, since?: string) => void
  /** Says what the shell says at the end of a frame, on both streams. */
  end: (id: number, status: number) => void
}

/** A session whose shell is the test. */
async function opening(): Promise<Shell & { opened: Promise<void> }> {
  const connection = newConnection()
  const session = new Session('web-1', connection, { method: 'none' })
  const opened = session.open()
  opened.catch(() => undefined)
  await settle()
  const [channel] = connection.channels as [FakeChannel]
  const marker = /%s;" (\w+) /.exec(channel.command)?.[1] ?? ''
  const begin: Shell['begin'] = (id, pid, since) =>
    void channel.stdout.write(`${marker}:${id}@${pid}${since === undefined ? '' : ` ${since}`};`)
  const end: Shell['end'] = (id, status) => {
    channel.stdout.write(`${marker}:${id}:${status};`)
    channel.stderr.write(`${marker}:${id};`)
  }
  return { session, connection, channel, marker, begin, end, opened }
}

async function open(): Promise<Shell> {
  const shell = await opening()
  shell.begin(0, 99, '1234')
  shell.end(0, 0)
  await shell.opened
  return shell
}

describe('a session', () => {
  it('opens one shell, which says who it is', async () => {
    const { session, connection, marker } = await open()
    await session.open()
    expect(marker).toMatch(/^[0-9a-f]{32}$/)
    expect(session.shell).toEqual({ pid: 99, since: '1234' })
    expect(connection.channels.map(({ command }) => command.slice(0, 40))).toEqual([
      "exec env LC_ALL=C sh -c '{ read -r stat ",
    ])
    expect(session.lost()).toBeUndefined()
  })

  it('gives output and status of each command, though one stream is ahead of the other', async () => {
    const { session, channel, marker, begin } = await open()
    const output: string[] = []
    const run = (name: string): Promise<number> =>
      session.run(name, {
        stdout: (bytes) => output.push(`${name} out ${bytes.toString()}`),
        stderr: (bytes) => output.push(`${name} err ${bytes.toString()}`),
      })
    const both = Promise.all([run('one'), run('two')])
    await settle()
    begin(1, 100)
    channel.stdout.write(`a${marker}:1:3;b${marker}:2:0;`)
    await settle()
    channel.stderr.write(`c${marker}:1;d${marker}:2;`)
    expect(await both).toEqual([3, 0])
    expect(output).toEqual(['one out a', 'two out b', 'one err c', 'two err d'])
    expect(session.shell).toEqual({ pid: 99, since: '1234' })
  })

  it('sends commands that wait together in one write, with their input', async () => {
    const { session, channel, marker } = await open()
    const writes: string[] = []
    channel.stdin.on('data', (chunk: Buffer) => writes.push(chunk.toString()))
    void session.run('one')
    void session.run('two', { input: Buffer.from('hello') })
    await settle()
    expect(writes).toHaveLength(1)
    expect(writes[0]).toContain('eval one )')
    expect(writes[0]).toContain(`eval two )\naGVsbG8=\n${marker}\n`)
  })

  it('runs nothing for a signal that has aborted', async () => {
    const { session, channel } = await open()
    await expect(session.run('one', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
    expect(channel.written()).toBe('')
  })
})

describe('a shell that does not open', () => {
  it('is an error with what the login shell printed', async () => {
    const { channel, opened } = await opening()
    channel.stdout.write('This account ')
    channel.stderr.write('is not available.\n')
    await settle()
    channel.exit(1)
    await expect(opened).rejects.toThrow('web-1: no shell: This account is not available.')
  })

  it('is an error where nothing was printed, or the connection failed', async () => {
    const closed = await opening()
    closed.channel.exit(1)
    await expect(closed.opened).rejects.toThrow('web-1: no shell: the connection was closed')
    const failed = await opening()
    failed.channel.fail(new Error('reset'))
    await expect(failed.opened).rejects.toThrow('web-1: no shell: reset')
  })

  it('is waited for during 30 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { opened, session } = await opening()
    await vi.advanceTimersByTimeAsync(29_999)
    expect(session.lost()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await expect(opened).rejects.toThrow('web-1: no shell: the login shell did not answer within 30 s')
  })

  it('does not count as slow once it has opened', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { session } = await open()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(session.lost()).toBeUndefined()
  })
})

describe('a connection that is lost', () => {
  it('fails what runs, and what comes after', async () => {
    const { session, channel } = await open()
    const running = session.run('one')
    running.catch(() => undefined)
    await settle()
    const cause = new Error('reset')
    channel.fail(cause)
    const lost = {
      message: 'web-1: the connection was lost',
      hint: 'Run the same command again: what is done already stays as it is.',
      cause,
    }
    await expect(running).rejects.toMatchObject(lost)
    await expect(session.run('two')).rejects.toMatchObject(lost)
    expect(session.lost()).toMatchObject(lost)
    expect(channel.written()).not.toContain('two')
  })

  it('is so after it was closed', async () => {
    const { session, channel, connection } = await open()
    await session.close()
    expect([channel.isClosed, channel.stdin.writableEnded, connection.closed]).toEqual([true, true, 1])
    await expect(session.run('one')).rejects.toMatchObject({ cause: new Error('closed') })
  })
})

describe('an aborted command', () => {
  const scriptOf = ({ command }: FakeChannel): string =>
    Buffer.from(/echo (\S+) \|/.exec(command)?.[1] ?? '', 'base64').toString()

  it('is ended through a second channel, and waited for', async () => {
    const { session, connection, begin, end } = await open()
    const abort = new AbortController()
    let settled = false
    const running = session.run('sleep 9', { signal: abort.signal }).finally(() => (settled = true))
    await settle()
    begin(1, 4711)
    await settle()
    abort.abort()
    await settle()
    const [, killer] = connection.channels
    expect(scriptOf(killer!)).toBe(killTree(4711))
    expect(killer!.stdin.writableEnded).toBe(true)
    end(1, 143)
    await settle()
    expect(settled).toBe(false)
    killer!.exit(0)
    expect(await running).toBe(143)
    expect(connection.channels).toHaveLength(2)
  })

  it('is ended when it begins, if it has not yet', async () => {
    const { session, connection, begin, end } = await open()
    const abort = new AbortController()
    const running = session.run('sleep 9', { signal: abort.signal })
    await settle()
    abort.abort()
    await settle()
    expect(connection.channels).toHaveLength(1)
    begin(1, 4711)
    await settle()
    expect(connection.channels).toHaveLength(2)
    connection.channels[1]!.fail(new Error('reset'))
    end(1, 143)
    expect(await running).toBe(143)
  })

  it('that cannot be ended counts as a lost connection', async () => {
    const { session, connection, begin } = await open()
    const abort = new AbortController()
    const running = session.run('sleep 9', { signal: abort.signal })
    running.catch(() => undefined)
    await settle()
    begin(1, 4711)
    await settle()
    connection.refuse = new Error('no channel')
    abort.abort()
    await expect(running).rejects.toMatchObject({ cause: new Error('no channel') })
  })

  it('that has ended before is left alone', async () => {
    const { session, connection, begin, end } = await open()
    const abort = new AbortController()
    const running = session.run('true', { signal: abort.signal })
    await settle()
    begin(1, 4711)
    end(1, 0)
    expect(await running).toBe(0)
    abort.abort()
    await settle()
    expect(connection.channels).toHaveLength(1)
  })
})

it('what another shell has left is ended, if it is the same process', async () => {
  const { session, channel, end } = await open()
  const done = session.killOrphanShell({ pid: 12, since: '345' })
  await settle()
  expect(channel.written()).toContain(
    "eval '{ read -r stat </proc/12/stat; } 2>/dev/null || exit 0; set -- ${stat##*) }; " +
      '[ "${20}" = 345 ] || exit 0; \nbelow() {',
  )
  expect(channel.written()).toContain('all="$(below 12) 12"')
  end(1, 0)
  await done
})
