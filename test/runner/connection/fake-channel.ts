import { PassThrough } from 'node:stream'
import type { Channel, Connection } from '../../../runner/connection/connection.ts'

/** A channel whose other end is the test. */
export interface FakeChannel extends Channel {
  command: string
  stdin: PassThrough
  stdout: PassThrough
  stderr: PassThrough
  /** What was written to its input. */
  written: () => string
  /** Ends the command. */
  exit: (status: number | null) => void
  /** Breaks the connection. */
  fail: (error: Error) => void
  isClosed: boolean
}

function newChannel(command: string): FakeChannel {
  let [exit, fail]: [FakeChannel['exit'], FakeChannel['fail']] = [() => undefined, () => undefined]
  const closed = new Promise<number | null>((resolve, reject) => ([exit, fail] = [resolve, reject]))
  closed.catch(() => undefined)
  const stdin = new PassThrough()
  let text = ''
  stdin.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const channel: FakeChannel = {
    command,
    stdin,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    closed,
    exit,
    fail,
    written: () => text,
    isClosed: false,
    close: () => (channel.isClosed = true),
  }
  return channel
}

/** A connection that opens channels for the test. `refuse`: what the next channels fail with. */
export interface FakeConnection extends Connection {
  channels: FakeChannel[]
  refuse: Error | undefined
  closed: number
}

export function newConnection(): FakeConnection {
  const connection: FakeConnection = {
    channels: [],
    refuse: undefined,
    closed: 0,
    open: async (command) => {
      if (connection.refuse) throw connection.refuse
      const channel = newChannel(command)
      connection.channels.push(channel)
      return channel
    },
    close: async () => void connection.closed++,
  }
  return connection
}

/** Lets everything happen that needs no time. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits for what needs the disk, but not for ever. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
