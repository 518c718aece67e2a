import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { parseInventory } from '../../runner/inventory/index.ts'
import { type Ran, ranOn } from '../runner/ran.ts'

const runOn = (host: string): Promise<Ran> => {
  const inventory = parseInventory(
    `{ defaults: { user: nobody, ssh_config: false, known_hosts: none }, hosts: { one: { ${host} } } }`,
    join(tmpdir(), 'i.yaml'),
    z.unknown(),
  )
  return ranOn(inventory, inventory.hosts, {}, async ({ view }) => void (await view.$`true`))
}

describe('a host is unreachable', () => {
  it('at an address that no packet may go to', async () => {
    const { hosts, said } = await runOn("address: '255.255.255.255'")
    expect(hosts).toEqual({ one: 'unreachable' })
    expect(said).toMatch(/one: .*255\.255\.255\.255:22 does not answer: connect E/)
  })

  it('with a key that is not there, and its connection is closed', async () => {
    const seen = { opened: 0, closed: 0 }
    const server = createServer((socket) => {
      seen.opened++
      socket
        .resume()
        .on('error', () => undefined)
        .on('close', () => seen.closed++)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const { hosts, said } = await runOn(`address: 127.0.0.1, port: ${port}, identity: nowhere`)
      expect(hosts).toEqual({ one: 'unreachable' })
      expect(said).toMatch(/one: there is no key file .*nowhere\nFix `identity`/)
      await vi.waitFor(() => expect(seen).toEqual({ opened: 1, closed: 1 }))
    } finally {
      server.close()
    }
  })
})
