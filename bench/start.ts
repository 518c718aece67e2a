import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Milliseconds from the start of a program until it first connects to a host. */
export async function untilConnecting(argv: (inventory: string) => string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-start-'))
  const server = createServer()
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const inventory = join(folder, 'inventory.yaml')
    writeFileSync(inventory, JSON.stringify({ defaults: { user: 'nobody', ssh_config: false }, hosts: { one: { address: '127.0.0.1', port } } }))
    const [program, ...words] = argv(inventory)
    const since = performance.now()
    const child = spawn(program!, words, { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      return await Promise.race([
        new Promise<number>((resolve) => server.once('connection', (socket) => (resolve(performance.now() - since), socket.destroy()))),
        ended.then(() => Promise.reject(new Error(`${argv('INVENTORY').join(' ')} ended before it connected`))),
      ])
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
}
