import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { measure } from '../../bench/measure.ts'
import { lightServer, type Server } from './server.ts'

const count = 1000
const root = join(import.meta.dirname, '../..')

/** A thousand hosts that are one light sshd, which lets in few at a time. */
describe('1,000 hosts', () => {
  let server: Server
  let inventory: string
  beforeAll(async () => {
    server = await lightServer('MaxStartups 5:50:20\nMaxSessions 2')
    inventory = join(server.folder, 'inventory.yaml')
    writeFileSync(
      inventory,
      JSON.stringify({
        defaults: { user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false },
        hosts: Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`host-${index + 1}`, { address: server.address }]),
        ),
      }),
    )
  })
  afterAll(() => server.close())

  it('are all done, in bounded memory', async () => {
    const cost = await measure(
      [process.execPath, '--import', 'tsx', 'test/robust/thousand-play.ts', '-i', inventory, '-o', 'plain', '-f', '50'],
      { cwd: root, env: { CI: 'true' } },
    )
    expect(
      cost.code,
      cost.output
        .split('\n')
        .filter((line) => !/ failed=0 +skipped=0 +unreachable=0/.test(line))
        .join('\n'),
    ).toBe(0)
    const last = JSON.parse(cost.output.trim().split('\n').at(-1)!) as { before: number; most: number; after: number }
    console.log(
      `${cost.wall.toFixed(1)} s, CPU ${cost.cpu.toFixed(1)} s, ${(cost.memory / 1e6).toFixed(0)} MB, descriptors ${last.before} → at most ${last.most} → ${last.after}`,
    )
    expect(cost.output).toContain('nothing to change')
    // A hundred hosts take two thirds of that: what grows with the hosts is their lines in the recap.
    expect(cost.memory).toBeLessThan(300e6)
    // 50 at once, one socket each.
    expect(last.most - last.before).toBeLessThan(60)
    // tsx and the event loop keep a few of their own.
    expect(last.after - last.before).toBeLessThan(20)
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(200)
  })
})
