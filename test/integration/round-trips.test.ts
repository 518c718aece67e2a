import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { sshConnection } from '../../runner/connection/ssh/ssh.ts'
import { parseInventory } from '../../runner/inventory/index.ts'
import { sshTarget } from '../../runner/inventory/reach.ts'
import { twelve } from '../robust/play.ts'
import { ranOn } from '../runner/ran.ts'

const lab = inject('lab')
/** One way, in ms: longer than anything that the host does in between. */
const way = 60

/** A line to a host on which all takes its time. It counts how often one side waited for the other, one after the other. */
async function slowLine(address: string): Promise<{ port: number; trips(): number; close(): void }> {
  let [heard, told] = [0, 0]
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const host = connect({ host: address, port: 22, noDelay: true })
    for (const socket of [client, host]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => (client.destroy(), host.destroy()))
    }
    client.on('data', (chunk: Buffer) => {
      const depth = heard + 1
      setTimeout(() => ((told = Math.max(told, depth)), host.write(chunk)), way)
    })
    host.on('data', (chunk: Buffer) => {
      const depth = told
      setTimeout(() => ((heard = Math.max(heard, depth)), client.write(chunk)), way)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    trips: () => {
      const counted = heard
      heard = told = 0
      return counted
    },
    close: () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

describe.skipIf(!lab)('a run of twelve tasks that changes nothing', () => {
  it('waits for its host at most four times after the handshake', async () => {
    const line = await slowLine(lab!.hosts[0]!.address)
    try {
      const target = {
        user: 'deploy',
        port: line.port,
        identity: 'id_ed25519',
        known_hosts: 'known_line',
        ssh_config: false as const,
      }
      const connection = await sshConnection(sshTarget('web-1', target, '127.0.0.1', lab!.directory), {
        acceptNewHostKeys: true,
      })
      await connection.close()
      const handshake = line.trips()
      const inventory = parseInventory(
        JSON.stringify({ hosts: { 'web-1': { address: '127.0.0.1', ...target } } }),
        join(lab!.directory, 'x.yaml'),
        z.unknown(),
      )
      const run = (): ReturnType<typeof ranOn> =>
        ranOn(inventory, inventory.hosts, {}, async (on) => void (await on.run(...twelve())))
      expect((await run()).hosts).toEqual({ 'web-1': 'done' })
      line.trips()
      const { ended } = await run()
      expect(ended.filter((each) => !each.endsWith(' ok'))).toEqual([])
      const after = line.trips() - handshake
      expect(after).toBeGreaterThan(1)
      expect(after).toBeLessThanOrEqual(4)
    } finally {
      line.close()
    }
  })
})
