import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { twelve } from './play.ts'
import { lightServer, type Server } from './server.ts'
import { steps } from './transaction.ts'

const root = join(import.meta.dirname, '../..')
const state =
  "cd /; { find opt/robust etc/robust.conf var/lib/cutover -printf '%p %m %u:%g %s\\n'; find opt/robust etc/robust.conf -type f -exec sha256sum {} +; id -nG guest; } 2>/dev/null | sort"

let server: Server
let inventory: string
beforeAll(async () => {
  server = await lightServer()
  inventory = join(server.folder, 'inventory.yaml')
  writeFileSync(
    inventory,
    JSON.stringify({
      defaults: { user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false },
      hosts: { one: { address: server.address } },
    }),
  )
})
afterAll(() => server.close())
beforeEach(() =>
  server.inside(
    'rm -rf /opt/robust /opt/steps /opt/undone /etc/robust.conf /var/lib/cutover; gpasswd -d guest adm; true',
  ),
)

/**
 * Runs a play, and gives how it ended and how long that took (ms) from its interruption.
 * @param after an event, or the place of a task that begins; undefined: it is not interrupted
 * @param slow the task that waits to be interrupted
 */
async function interrupted(
  play: string,
  after?: string | number,
  slow = '',
): Promise<{ code: number | null; ms: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `test/robust/${play}.ts`, '-i', inventory, '-o', 'json'], {
    cwd: root,
    env: { ...process.env, ROBUST_SLOW: slow },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [since, begun] = [0, -1]
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { type } = JSON.parse(line) as { type: string }
    if (type === 'task-start') begun += 1
    if (since === 0 && (type === after || begun === after)) {
      since = performance.now()
      child.kill('SIGINT')
    }
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, ms: performance.now() - since }
}

/** Ends well: in time, and with no process of it on the host. */
async function expectEnd(after: string, { code, ms }: Awaited<ReturnType<typeof interrupted>>): Promise<void> {
  console.log(`after ${after}: ${ms.toFixed(0)} ms, status ${code}`)
  expect([after, code]).toEqual([after, 130])
  expect(ms).toBeLessThan(5_000)
  expect(await server.inside('sleep 0.5; pgrep -u root -fc "[s]leep 30" || true')).toBe('0')
  expect(await server.inside('pgrep -u deploy -c . || true')).toBe('0')
}

describe('Ctrl-C', () => {
  it('at every task: ends within 5 s, leaves no process on either side, and the next run ends where an uncut one does', async () => {
    expect(await interrupted('play')).toMatchObject({ code: 0 })
    const whole = await server.inside(state)
    const names = twelve().map(({ name }) => name)
    for (const after of ['host-start', 'host-connected', ...names.keys()]) {
      await server.inside('rm -rf /opt/robust /etc/robust.conf /var/lib/cutover; gpasswd -d guest adm; true')
      // A task that is done in a moment may be done when the signal comes: the next slow one is not.
      const slow = names.slice(typeof after === 'number' ? after : 0).find((name) => name.startsWith('line'))
      await expectEnd(typeof after === 'number' ? names[after]! : after, await interrupted('play', after, slow))
      expect(await interrupted('play')).toMatchObject({ code: 0 })
      expect(await server.inside(state)).toBe(whole)
    }
  })

  it('at every step of a transaction: all of it is undone, the lock too', async () => {
    for (const [index, after] of steps.entries()) {
      await server.inside('rm -rf /opt/steps /opt/undone')
      await expectEnd(after, await interrupted('transaction', index, after))
      expect(await server.inside('ls /opt/steps 2>/dev/null || true')).toBe('')
      // An interruption between two steps finds the later one not begun.
      expect((await server.inside('cat /opt/undone 2>/dev/null || true')).split('\n').filter(Boolean)).toSatisfy(
        (undone: string[]) =>
          [index, index + 1].some((count) => undone.join() === steps.slice(0, count).reverse().join()),
      )
    }
  })
})
