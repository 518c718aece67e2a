import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { slowLine } from '../../lab/slow-line.ts'
import { sshConnection } from '../../runner/connection/ssh/ssh.ts'
import { parseInventory } from '../../runner/inventory/index.ts'
import { sshTarget } from '../../runner/inventory/reach.ts'
import { twelve } from '../robust/play.ts'
import { ranOn } from '../runner/ran.ts'

const lab = inject('lab')
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
