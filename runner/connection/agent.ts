import { connect } from 'node:net'

/** An agent that says nothing for so long (ms) has no keys. */
const patience = 5_000
const request = 11
const answer = 12

/** The public halves of all keys that an agent has, in its order, those too that ssh2 can't use; none where no agent answers. */
export const agentKeys = (path: string): Promise<Buffer[]> =>
  new Promise((resolve) => {
    const socket = connect(path)
    let said = Buffer.alloc(0)
    const end = (keys: Buffer[]): void => (socket.destroy(), resolve(keys))
    socket.setTimeout(patience, () => end([]))
    socket.on('error', () => end([]))
    socket.on('close', () => end([]))
    socket.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk])
      if (said.length >= 4 && said.length >= 4 + said.readUInt32BE(0)) end(keysIn(said.subarray(4)))
    })
    socket.write(Buffer.from([0, 0, 0, 1, request]))
  })

/** An answer's keys (draft-miller-ssh-agent): a count, then of each the key and a comment. */
function keysIn(message: Buffer): Buffer[] {
  if (message[0] !== answer) return []
  let at = 5
  const next = (): Buffer => {
    const length = message.readUInt32BE(at)
    at += 4 + length
    return message.subarray(at - length, at)
  }
  try {
    return Array.from({ length: message.readUInt32BE(1) }, () => {
      const key = next()
      next()
      return key
    })
  } catch {
    return []
  }
}
