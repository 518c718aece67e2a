import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lightServer, type Server } from './server.ts'

const root = join(import.meta.dirname, '../..')

describe('Ctrl-C at every task', () => {
  let server: Server
  let inventory: string
  beforeAll(async () => {
    server = await lightServer()
    inventory = join(server.folder, 'inventory.yaml')
    writeFileSync(inventory, JSON.stringify({ defaults: { user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false }, hosts: { one: { address: server.address } } }))
  })
  afterAll(() => server.close())

  /** Runs the play, interrupts it after some task began, and gives how it ended and how long that took (ms). */
  async function interrupted(after: string): Promise<{ code: number | null; ms: number }> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/robust/play.ts', '-i', inventory, '-o', 'json'], { cwd: root, env: { ...process.env, ROBUST_PAUSE: '30' }, stdio: ['ignore', 'pipe', 'inherit'] })
    let since = 0
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { type: string; task?: string }
      if (since === 0 && (event.type === after || (event.type === 'task-start' && event.task === after))) {
        since = performance.now()
        child.kill('SIGINT')
      }
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    return { code, ms: performance.now() - since }
  }

  it('ends within 5 s, and leaves no process on either side', async () => {
    const tasks = ['host-start', 'host-connected', 'directories', 'file /opt/robust/config', 'file /opt/robust/large', 'line 1']
    for (const after of tasks) {
      const { code, ms } = await interrupted(after)
      console.log(`after ${after}: ${ms.toFixed(0)} ms, status ${code}`)
      expect([after, code]).toEqual([after, 130])
      expect(ms).toBeLessThan(5_000)
      expect(await server.inside('sleep 0.5; pgrep -u root -fc "[s]leep 30" || true')).toBe('0')
      expect(await server.inside('pgrep -u deploy -c . || true')).toBe('0')
    }
  })
})
