import { connect } from 'node:net'
import { wireReader } from './wire.ts'

/** An agent that sends nothing for this long (ms) counts as one without keys. */
const patience = 5_000
/** The numbers of the two messages, by draft-miller-ssh-agent. */
const requestIdentities = 11
const identitiesAnswer = 12

/**
 * The public halves of all keys that an agent has, in its order, including those that ssh2 cannot use.
 * The list is empty where no agent answers.
 * @param path the agent's socket.
 */
export const agentKeys = (path: string): Promise<Buffer[]> =>
  new Promise((resolve) => {
    const socket = connect(path)
    let received = Buffer.alloc(0)
    const finish = (keys: Buffer[]): void => (socket.destroy(), resolve(keys))
    socket.setTimeout(patience, () => finish([]))
    socket.on('error', () => finish([]))
    socket.on('close', () => finish([]))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const message = completeMessage(received)
      if (message) finish(keysOf(message))
    })
    socket.write(Buffer.from([0, 0, 0, 1, requestIdentities]))
  })

/** A message without the length in front of it, once all of it has come. */
function completeMessage(received: Buffer): Buffer | undefined {
  if (received.length < 4) return undefined
  const end = 4 + received.readUInt32BE(0)
  return received.length < end ? undefined : received.subarray(4, end)
}

/** The keys in an agent's answer (draft-miller-ssh-agent): their number, then each key and its comment. */
export function keysOf(message: Buffer): Buffer[] {
  if (message[0] !== identitiesAnswer) return []
  const reader = wireReader(message, 1)
  try {
    return Array.from({ length: reader.number() }, () => {
      const key = reader.field()
      reader.field()
      return key
    })
  } catch {
    return []
  }
}
