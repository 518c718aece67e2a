import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
writeFileSync(join(folder, 'inventory.yaml'), 'defaults: { connection: local, become: none }\nhosts: { here: {} }\n')
writeFileSync(
  join(folder, 'play.mts'),
  `import { playbook, runIfMain, task, z } from '${root}/runner/index.ts'
  const [endless, endlessUndo] = ['it began', 'undoing'].map((text) => async (host) => void (await host.$\`echo \${text}; sleep 60\`))
  const change = async () => ({ summary: 'change' })
  let done = false
  const first = task({
    name: 'first',
    check: async () => (done ? null : { summary: 'change' }),
    apply: async () => void (done = true),
    undo: endlessUndo,
  })
  const slow = task({ name: 'slow', check: change, apply: endless })
  const play = playbook('Slow', { settings: z.unknown(), help: 'x' }, ({ on, hosts }) =>
    on(hosts(), async ({ run, transaction }) => void (process.env.UNDO ? await transaction(first, slow) : await run(slow))))
  await runIfMain(import.meta, play)`,
)

/** Runs the play, interrupts it as often as told, and gives its status and what the page says. */
async function interrupted(times: number, env: Record<string, string> = {}): Promise<{ code: unknown; page: string }> {
  const file = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'run.html')
  const args = ['--import', 'tsx', join(folder, 'play.mts'), '-i', join(folder, 'inventory.yaml'), '-v', '-o', 'plain']
  const child = spawn(process.execPath, [...args, '--report', `html=${file}`], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const until = async (text: string): Promise<void> => {
    while (!printed.includes(text) && child.exitCode === null) await sleep(20)
  }
  const ended = once(child, 'exit')
  await until('it began')
  expect(existsSync(file)).toBe(false)
  child.kill('SIGINT')
  if (times > 1) {
    await until('undoing')
    // A press of Ctrl-C that comes sooner counts as the same one.
    await sleep(1100)
    child.kill('SIGINT')
  }
  const [code] = (await ended) as [unknown]
  return { code, page: readFileSync(file, 'utf8') }
}

it('a run that Ctrl-C ends has its page', async () => {
  const { code, page } = await interrupted(1)
  expect(code).toBe(130)
  expect(page).toContain('1 of 1 hosts failed')
  expect(page).toContain('interrupted: ending what runs and undoing it')
  expect(page).toContain('it began')
})

it('so has one that a second Ctrl-C ends at once, in the middle of its undo', async () => {
  const { code, page } = await interrupted(2, { UNDO: '1' })
  expect(code).toBe(130)
  expect(page).toContain('the run was cut off')
  expect(page).toMatch(/first<\/button>[^]*cut off/)
})
