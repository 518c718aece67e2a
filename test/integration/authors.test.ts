import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))

it('a command without await that fails ends the run with an error that says what to do; what was done is undone', () => {
  const [book, inventory, trace] = [join(folder, 'stray.mts'), join(folder, 'stray.yaml'), join(folder, 'trace')]
  writeFileSync(inventory, 'hosts: { a: { connection: local, become: none } }\n')
  writeFileSync(
    book,
    `import { playbook, runCli, task, z } from '${join(root, 'runner/index.ts')}'
let done = false
const one = task({ name: 'one', check: async () => (done ? null : { summary: 'x' }), apply: async () => void (done = true), undo: async (host) => void (await host.$\`touch ${trace}\`) })
const two = task({ name: 'two', check: async () => ({ summary: 'x' }), apply: async (host) => { void host.$\`exit 3\`; await host.$\`sleep 20\` } })
process.exitCode = await runCli(playbook('stray', { settings: z.unknown(), help: 'x' }, async (play) => play.on(play.hosts(), async ({ transaction }) => void (await transaction(one, two)))), { argv: ['-i', '${inventory}', '-o', 'plain'] })
`,
  )
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), book],
    { encoding: 'utf8' },
  )
  expect(stdout + stderr).toMatch(
    /a +undone +one[^]*error: something was started without await, and it failed\n[^]*Is an await missing[^]*exit 3 ended with 3/,
  )
  expect([status, existsSync(trace)]).toEqual([1, true])
}, 30_000)

describe('new.ts', () => {
  it('writes a playbook, its task and a test that passes', () => {
    const place = join(folder, 'project')
    for (const part of [
      'runner',
      'tasks',
      'templates',
      'playbooks',
      'program',
      'tools',
      'lab',
      'package.json',
      'tsconfig.json',
    ])
      cpSync(join(root, part), join(place, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
    const tool = (...args: string[]): string => {
      try {
        return execFileSync(process.execPath, ['--import', 'tsx', 'tools/new.ts', ...args], {
          cwd: place,
          encoding: 'utf8',
          stdio: 'pipe',
        })
      } catch (error) {
        return (error as { stderr: string }).stderr
      }
    }
    expect(tool('motd-text')).toContain('playbooks/motd-text.ts\ntasks/motd-text.ts\ntest/tasks/motd-text.test.ts')
    expect(tool('motd-text')).toContain('playbooks/motd-text.ts is there already')
    for (const name of ['Motd', 'motd-', '../motd']) expect(tool(name)).toContain(`'${name}' is not a valid file name`)
    for (const [name, word] of [
      ['class', 'class'],
      ['await', 'await'],
      ['run-if-main', 'runIfMain'],
    ])
      expect(tool(name!)).toContain(`nothing can be called '${word}' there`)
    expect(tool()).toContain('what is it to be called?')
    writeFileSync(join(place, 'i.yaml'), 'defaults: { connection: local, become: none }\nhosts: { here: {} }\n')
    expect(
      execFileSync(
        process.execPath,
        ['--import', 'tsx', 'playbooks/motd-text.ts', '-i', 'i.yaml', '--check', '--diff'],
        { cwd: place, encoding: 'utf8' },
      ),
    ).toMatch(/would change +motd text: new/)
    expect(
      execFileSync(
        process.execPath,
        ['node_modules/vitest/vitest.mjs', 'run', '--root', place, 'test/tasks/motd-text.test.ts'],
        { cwd: place, encoding: 'utf8' },
      ),
    ).toMatch(/1 passed/)
    expect(
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'], {
        cwd: place,
        encoding: 'utf8',
      }),
    ).toBe('')
  }, 120_000)
})
