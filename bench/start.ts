import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from './measure.ts'
import type { Starts } from './report.ts'

/** Measures how long a playbook takes until it first connects, and how much of that Node and tsx take. */
export async function measureStarts(): Promise<Starts> {
  const starts: Required<Starts> = { node: [], tsx: [], connecting: [], native: [], command: [] }
  const playbook = join(import.meta.dirname, 'runner/setup.ts')
  const command = join(import.meta.dirname, '../dist/bin/cutover.js')
  if (!existsSync(command)) execFileSync('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..') })
  const emptyProgram = async (...options: string[]): Promise<number> =>
    (await measure([process.execPath, ...options, '-e', '0'])).wall * 1000
  for (let round = 0; round < 9; round++) {
    starts.node.push(await emptyProgram())
    starts.tsx.push(await emptyProgram('--import', 'tsx'))
    starts.connecting.push(
      await untilConnecting((inventory) => [process.execPath, '--import', 'tsx', playbook, '-i', inventory]),
    )
    starts.command.push(await untilConnecting((inventory) => [process.execPath, command, 'status', '-i', inventory]))
    if ((process.features as { typescript?: unknown }).typescript)
      starts.native.push(await untilConnecting((inventory) => [process.execPath, playbook, '-i', inventory]))
  }
  return starts
}

/** @returns ms from the start of a program until it first connects @throws Error if it ends before that */
async function untilConnecting(argv: (inventory: string) => string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-start-'))
  const server = createServer()
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const inventory = join(folder, 'inventory.yaml')
    writeFileSync(
      inventory,
      JSON.stringify({
        defaults: { user: 'nobody', ssh_config: false },
        hosts: { one: { address: '127.0.0.1', port } },
      }),
    )
    const [program = '', ...words] = argv(inventory)
    const since = performance.now()
    const child = spawn(program, words, { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      return await Promise.race([
        new Promise<number>((resolve) =>
          server.once('connection', (socket) => (resolve(performance.now() - since), socket.destroy())),
        ),
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
