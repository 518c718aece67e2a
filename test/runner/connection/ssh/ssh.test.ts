import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BusyError } from '../../../../runner/connection/ssh/ssh-error.ts'
import { sshConnection, type SshOptions, within } from '../../../../runner/connection/ssh/ssh.ts'
import type { SshTarget } from '../../../../runner/connection/target.ts'
import { InterruptedError, UnreachableError } from '../../../../runner/errors.ts'
import { settle } from '../fake-channel.ts'
import { newFolder, targetOf } from '../keys.ts'
import { FakeClient } from './fake-client.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const ssh2 = vi.hoisted(() => ({ newClient: vi.fn() }))
vi.mock('../../../../runner/connection/ssh/ssh2.ts', async (original) => ({ ...(await original<object>()), ...ssh2 }))
const agent = vi.hoisted(() => ({ agentKeys: vi.fn() }))
vi.mock('../../../../runner/connection/ssh/agent.ts', () => agent)
const pauses = vi.hoisted(() => ({ setTimeout: vi.fn() }))
vi.mock('node:timers/promises', () => pauses)

let clients: FakeClient[]
let sockets: PassThrough[]
beforeEach(() => {
  clients = []
  sockets = []
  vi.stubEnv('HOME', newFolder())
  agent.agentKeys.mockReset().mockResolvedValue([])
  pauses.setTimeout.mockReset().mockResolvedValue(undefined)
  ssh2.newClient.mockReset().mockImplementation(() => {
    const client = new FakeClient()
    clients.push(client)
    return client
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

/** A connection under way. */
async function connecting(
  more: Partial<SshTarget> = {},
  options: Partial<SshOptions> = {},
): Promise<{ coming: ReturnType<typeof sshConnection>; client: FakeClient; socket: PassThrough }> {
  const through = async (): Promise<PassThrough> => {
    const socket = new PassThrough()
    sockets.push(socket)
    return socket
  }
  const coming = sshConnection(targetOf(more), { acceptNewHostKeys: false, patience: 0, through, ...options })
  coming.catch(() => undefined)
  await settle()
  const [client] = clients as [FakeClient]
  const [socket] = sockets as [PassThrough]
  return { coming, client, socket }
}

async function connected(): Promise<{
  connection: Awaited<ReturnType<typeof sshConnection>>
  client: FakeClient
  socket: PassThrough
}> {
  const { coming, client, socket } = await connecting()
  client.emit('ready')
  return { connection: await coming, client, socket }
}

describe('a login', () => {
  it('with a key file that is not there ends before it begins', async () => {
    const { coming, socket } = await connecting({ identities: ['/nowhere/key'] })
    await expect(coming).rejects.toThrow('web-1: there is no key file /nowhere/key')
    expect(socket.destroyed).toBe(true)
  })

  it('that the server cuts off is busy, and tried again', async () => {
    const { client, coming } = await connecting({}, { patience: 1 })
    client.emit('close')
    await settle()
    expect(clients).toHaveLength(2)
    clients[1]!.emit('close')
    await expect(coming).rejects.toBeInstanceOf(BusyError)
    expect(pauses.setTimeout).toHaveBeenCalledTimes(1)
  })

  it('is not tried again after another error', async () => {
    const { client, coming } = await connecting({}, { patience: 5 })
    client.emit('error', new Error('connect ECONNREFUSED'))
    await expect(coming).rejects.toThrow('does not answer: connect ECONNREFUSED')
    expect(clients).toHaveLength(1)
  })

  it('ends at once when it is interrupted', async () => {
    const abort = new AbortController()
    const { client, coming } = await connecting({}, { signal: abort.signal })
    abort.abort()
    await expect(coming).rejects.toBeInstanceOf(InterruptedError)
    expect(client.destroyed).toBe(true)
  })
})

describe('a connection', () => {
  it('runs a command, and gives its status', async () => {
    const { connection, client } = await connected()
    const opening = connection.open('echo')
    const stream = Object.assign(new PassThrough(), { stderr: new PassThrough(), close: vi.fn() })
    expect(client.execs[0]![0]).toBe('echo')
    client.execs[0]![1](undefined, stream)
    const channel = await opening
    expect([channel.stdin, channel.stdout, channel.stderr]).toEqual([stream, stream, stream.stderr])
    channel.close()
    expect(stream.close).toHaveBeenCalled()
    stream.emit('exit', 3)
    stream.emit('close')
    expect(await channel.closed).toBe(3)
  })

  it('that breaks fails its commands; one that a signal has ended has no status', async () => {
    const { connection, client } = await connected()
    const open = async (): Promise<{ stream: PassThrough; closed: Promise<number | null> }> => {
      const opening = connection.open('echo')
      const stream = Object.assign(new PassThrough(), { stderr: new PassThrough() })
      client.execs.at(-1)![1](undefined, stream)
      return { stream, closed: (await opening).closed }
    }
    const [one, two] = [await open(), await open()]
    one.stream.emit('close')
    expect(await one.closed).toBeNull()
    const error = new Error('reset')
    client.emit('error', error)
    client.emit('error', new Error('later'))
    two.stream.emit('close')
    await expect(two.closed).rejects.toBe(error)
  })

  it('waits for a channel where the server has too many, and not for another reason', async () => {
    const { connection, client } = await connected()
    const opening = connection.open('echo')
    client.execs[0]![1](new Error('(SSH) Channel open failure: open failed'))
    await settle()
    expect(client.execs).toHaveLength(2)
    client.execs[1]![1](new Error('other'))
    await expect(opening).rejects.toMatchObject({ message: 'web-1: no channel: other' })
  })

  it('that is closed has no channel, and is not tried again', async () => {
    const { connection, client } = await connected()
    expect(connection.gone()).toBe(false)
    client.emit('close')
    expect(connection.gone()).toBe(true)
    client.exec = () => {
      throw new Error('open failed: not connected')
    }
    await expect(connection.open('echo')).rejects.toMatchObject({
      message: 'web-1: no channel: open failed: not connected',
    })
    await expect(connection.open('echo')).rejects.toBeInstanceOf(UnreachableError)
    expect(pauses.setTimeout).not.toHaveBeenCalled()
    await connection.close()
    expect(client.ended).toBe(false)
  })

  it('leads on to another host', async () => {
    const { connection, client } = await connected()
    const limits = { timeout: 1000, signal: new AbortController().signal }
    const one = connection.forward('db', 5432, limits)
    const stream = new PassThrough()
    const [[address, port, done] = [], ...others] = client.forwards
    expect([address, port, others]).toEqual(['db', 5432, []])
    done!(undefined, stream)
    expect(await one).toBe(stream)
    const two = connection.forward('db', 1, limits)
    client.forwards[1]![2](new Error('refused'))
    await expect(two).rejects.toThrow('web-1: no way to db:1: refused')
  })

  it.each<[string, (client: FakeClient, socket: PassThrough) => void]>([
    ['when the server has closed it', (client) => client.emit('close')],
    ['when the last bytes are written', (_, socket) => socket.emit('finish')],
    ['after 2 s', () => vi.advanceTimersByTime(2000)],
  ])('is closed %s', async (_, happens) => {
    const { connection, client, socket } = await connected()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closing = connection.close()
    expect([client.ended, socket.destroyed]).toEqual([true, false])
    happens(client, socket)
    await closing
    expect(socket.destroyed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a stream is waited for', () => {
  const coming = (): { promise: Promise<PassThrough>; come: (stream: PassThrough) => void } => {
    let come: (stream: PassThrough) => void = () => undefined
    return { promise: new Promise((resolve) => (come = resolve)), come: (stream) => come(stream) }
  }

  it('until its time is over; one that comes too late is destroyed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { promise, come } = coming()
    const result = within(promise, 'web-1: db:1', { timeout: 1500, signal: new AbortController().signal })
    result.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(1500)
    await expect(result).rejects.toThrow('web-1: db:1 does not answer within 1.5 s')
    const stream = new PassThrough()
    come(stream)
    await settle()
    expect(stream.destroyed).toBe(true)
  })

  it('until it is interrupted', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const abort = new AbortController()
    const result = within(coming().promise, 'x', { timeout: 1500, signal: abort.signal })
    abort.abort()
    await expect(result).rejects.toBeInstanceOf(InterruptedError)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('and leaves no timer when it comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = new PassThrough()
    expect(await within(Promise.resolve(stream), 'x', { timeout: 1, signal: new AbortController().signal })).toBe(
      stream,
    )
    await settle()
    expect([vi.getTimerCount(), stream.destroyed]).toEqual([0, false])
  })
})
