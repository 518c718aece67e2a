import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../../runner/cli/run-cli.ts'
import { type Play, playbook } from '../../../runner/play/playbook.ts'
import { type Task, task } from '../../../runner/task/task.ts'

const inventory = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'inventory.yaml')
writeFileSync(inventory, 'hosts: { a: { connection: local, become: none } }\n')

const wants: Task = task({ name: 'wants', check: async () => ({ summary: 'something' }), apply: async () => undefined })
const holds: Task = task({ name: 'holds', check: async () => null, apply: async () => undefined })
const fails: Task = task({
  name: 'fails',
  check: () => Promise.reject(new Error('broken')),
  apply: async () => undefined,
})

async function ended(tasks: Task[], ...argv: string[]): Promise<{ status: number; text: string }> {
  let text = ''
  const work = async (play: Play<unknown>): Promise<void> =>
    play.on(play.hosts(), async ({ run }) => void (await run(...tasks)))
  const status = await runCli(playbook('test', { settings: z.unknown(), help: 'x' }, work), {
    argv: ['-i', inventory, '-o', 'plain', ...argv],
    write: (more) => (text += more),
  })
  return { status, text }
}

describe('a run ends with', () => {
  it.each<[string, Task[], string[], number]>([
    ['0 where all holds', [holds], [], 0],
    ['0 for a check, whatever would change', [wants], ['--check'], 0],
    ['4 for a check with --exit-code that would change something', [holds, wants], ['--check', '--exit-code'], 4],
    ['0 for one that would not', [holds], ['--check', '--exit-code'], 0],
    ['1 for one that fails', [fails, wants], ['--check', '--exit-code'], 1],
    ['1 for a task that fails', [fails], [], 1],
    ['2 for a tag that no task has', [holds], ['--tags', 'x'], 2],
    ['2 for a mistake in its options', [holds], ['--chekc'], 2],
  ])('%s', async (_, tasks, argv, status) => {
    expect((await ended(tasks, ...argv)).status).toBe(status)
  })
})

it('the plan of a check names the handlers that would run, once each', async () => {
  const restart = task({
    name: 'restart',
    check: async () => ({ summary: 'its files are new' }),
    apply: async () => undefined,
  })
  const { text } = await ended(
    [
      { ...wants, notify: [restart] },
      { ...wants, name: 'more', notify: [restart] },
      { ...holds, notify: [fails] },
    ],
    '--check',
  )
  expect(text).toMatch(
    /Plan for a: 3 to change\n {2}~ wants: something\n {2}~ more: something\n {2}~ restart: its files are new\n/,
  )
})
