import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { agentKeys, keysOf } from '../../../../runner/connection/ssh/agent.ts'

const net = vi.hoisted(() => ({ connect: vi.fn() }))
vi.mock('node:net', () => net)

class FakeSocket extends EventEmitter {
  written: Buffer[] = []
  destroyed = false
  timeout: number | undefined
  expire: () => void = () => undefined
  write(bytes: Buffer): void {
    this.written.push(bytes)
  }
  destroy(): void {
    this.destroyed = true
  }
  setTimeout(ms: number, expire: () => void): void {
    this.timeout = ms
    this.expire = expire
  }
}

const field = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
const answer = Buffer.concat([
  Buffer.from([12, 0, 0, 0, 2]),
  ...['key one', 'a comment', 'key two', ''].map((text) => field(text)),
])
const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, message.length]), message])
const texts = (keys: Buffer[]): string[] => keys.map((key) => key.toString())

let socket: FakeSocket
beforeEach(() => {
  socket = new FakeSocket()
  net.connect.mockReset().mockReturnValue(socket)
})

describe('the keys of an agent', () => {
  it('are asked for once, and read however the answer is cut', async () => {
    const keys = agentKeys('/run/agent')
    expect(net.connect).toHaveBeenCalledWith('/run/agent')
    expect(socket.written).toEqual([Buffer.from([0, 0, 0, 1, 11])])
    for (const byte of framed(answer)) socket.emit('data', Buffer.from([byte]))
    expect(texts(await keys)).toEqual(['key one', 'key two'])
    expect(socket.destroyed).toBe(true)
  })

  it('are waited for until the last byte of the answer has come', async () => {
    let done = false
    const keys = agentKeys('/run/agent').finally(() => (done = true))
    socket.emit('data', framed(answer).subarray(0, -1))
    await Promise.resolve()
    expect([done, socket.destroyed]).toEqual([false, false])
    socket.emit('data', framed(answer).subarray(-1))
    expect(texts(await keys)).toEqual(['key one', 'key two'])
  })

  it.each<[string, () => void]>([
    ['fails', () => socket.emit('error', new Error('refused'))],
    ['closes the connection', () => socket.emit('close')],
    ['says nothing', () => socket.expire()],
  ])('are none where it %s', async (_, happens) => {
    const keys = agentKeys('/run/agent')
    happens()
    expect(await keys).toEqual([])
    expect([socket.destroyed, socket.timeout]).toEqual([true, 5000])
  })
})

describe('an answer of an agent', () => {
  it.each<[string, number[]]>([
    ['that refuses', [5]],
    ['of another kind, though it looks like keys', [11, ...answer.subarray(1)]],
    ['that ends in a key', [...answer.subarray(0, 12)]],
    ['that is empty', []],
  ])('%s has no keys', (_, bytes) => {
    expect(texts(keysOf(Buffer.from(bytes))).filter((text) => text === 'key two')).toEqual([])
  })

  it('has keys and comments in turn', () => {
    expect(texts(keysOf(answer))).toEqual(['key one', 'key two'])
  })
})
