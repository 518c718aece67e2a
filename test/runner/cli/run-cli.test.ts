import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { UsageError } from '../../../runner/errors.ts'
import { Logins } from '../../../runner/login/logins.ts'
import { runCli } from '../../../runner/cli/run-cli.ts'
import { type Play, playbook } from '../../../runner/play/playbook.ts'
import { type Task, task } from '../../../runner/task/task.ts'
import { scriptConnections } from '../play/scripted-play.ts'

beforeEach(() => void scriptConnections())

const inventory = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'inventory.yaml')
writeFileSync(inventory, 'hosts: { a: {} }\n')

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

describe('the program', () => {
  it('prints its help', async () => {
    const { status, text } = await ended([holds], '--help')
    expect([status, text]).toEqual([0, expect.stringContaining('Options of every playbook:')])
  })

  it('prints an error with what to do', async () => {
    expect(await ended([holds], '--chekc')).toEqual({
      status: 2,
      text: 'error: there is no option --chekc\n  Did you mean --check? See --help.\n',
    })
  })

  it('refuses a pattern that leaves no host', async () => {
    expect(await ended([holds], '--limit', 'a:!a')).toEqual({
      status: 2,
      text: 'error: --limit a:!a leaves no host\n',
    })
  })

  it('prints the variables of hosts', async () => {
    const { status, text } = await ended([holds], '--show-vars', 'a', '-e', 'port=80')
    expect([status, text]).toEqual([0, expect.stringContaining('port')])
  })

  it('ends with 1 for a run that a playbook itself breaks off, and with 130 for an interrupted one', async () => {
    const run = async (work: (play: Play<unknown>) => Promise<void>): Promise<[number, string]> => {
      let text = ''
      const status = await runCli(playbook('test', { settings: z.unknown(), help: 'x' }, work), {
        argv: ['-i', inventory, '-o', 'plain'],
        write: (more) => (text += more),
      })
      return [status, text]
    }
    expect(await run(() => Promise.reject(new Error('no way')))).toEqual([1, 'error: no way\n'])
    const [status, text] = await run(async (play) => {
      process.emit('SIGINT')
      await play.on(play.hosts(), async () => undefined)
    })
    expect(status).toBe(130)
    expect(text).toContain('interrupted: ending what runs and undoing it (once more to exit at once)')
  })

  it('keeps the hosts that it did not finish for --retry, and forgets them when they are finished', async () => {
    await ended([fails])
    const { status, text } = await ended([holds], '--retry', '--list-hosts')
    expect([status, text]).toEqual([0, 'a\n'])
    expect((await ended([holds], '--retry')).status).toBe(0)
    expect((await ended([holds], '--retry')).text).toContain(
      '--retry: the last run of this playbook left no host unfinished',
    )
  })
})

describe('an inventory that several playbooks share', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'shared.yaml')
  writeFileSync(path, 'hosts: { a: {} }\nsite: { users: [ann] }\nvars: { apps: { shop: {} } }\n')
  const read = async (definition: Parameters<typeof playbook>[1], ...argv: string[]): Promise<string> => {
    let text = ''
    const book = playbook('test', definition, async (play) =>
      play.on(play.hosts(), async ({ vars, say }) => say(`vars: ${JSON.stringify(vars)}`)),
    )
    await runCli(book, { argv: ['-i', path, '-o', 'plain', ...argv], write: (more) => (text += more) })
    return text
  }

  it('gives a playbook its part', async () => {
    const settings = z.strictObject({ users: z.array(z.string()) })
    expect(await read({ part: 'site', settings, help: 'x' })).toContain('vars: {"users":["ann"]}')
    expect(await read({ part: 'site', settings, help: 'x' }, '-e', 'site.users=[eve]')).toContain('{"users":["eve"]}')
  })

  it('is refused by no playbook without settings', async () => {
    const text = await read({ help: 'x' })
    expect(text).toContain('vars: {}')
    expect(text).not.toContain('others')
  })

  it('has keys that a playbook leaves to others, which it says once', async () => {
    const text = await read({ settings: z.strictObject({ apps: z.unknown() }), help: 'x' })
    expect(text).toContain(
      `shared.yaml:2:1: this playbook has no key 'site', and leaves it to others; ` +
        'if one of them reads it, say so at the top of the inventory: parts: [site]',
    )
    expect(text.match(/leaves it to others/g)).toHaveLength(1)
  })
})

describe('the logins begin', () => {
  const hosts = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'inventory.yaml')
  writeFileSync(hosts, 'hosts: { a: {}, b: {}, c: {} }\n')
  /** What was done, in order: `ahead` with its hosts, the playbook's function, `close`. */
  async function order(definition: object, argv: string[], work: () => void = () => undefined): Promise<string[]> {
    const steps: string[] = []
    vi.spyOn(Logins.prototype, 'ahead').mockImplementation((entries) => {
      steps.push(`ahead ${entries.map(({ name }) => name).join(' ')}`)
    })
    vi.spyOn(Logins.prototype, 'close').mockImplementation(async () => void steps.push('close'))
    const book = playbook('test', { settings: z.unknown(), help: 'x', ...definition }, async () => {
      steps.push('work')
      work()
    })
    await runCli(book, { argv: ['-i', hosts, '-o', 'plain', ...argv], write: () => undefined })
    return [...new Set(steps)]
  }

  it('before the playbook’s function is called', async () => {
    expect(await order({}, [])).toEqual(['ahead a b c', 'work', 'close'])
  })

  it('to the hosts that the run is limited to', async () => {
    expect((await order({}, ['-l', 'b']))[0]).toBe('ahead b')
  })

  it('to those that the playbook connects to first', async () => {
    const connectsTo = ({ hosts }: { hosts: readonly { name: string }[] }): unknown[] => hosts.slice(1)
    expect((await order({ connectsTo }, []))[0]).toBe('ahead b c')
  })

  it('and end if the playbook refuses', async () => {
    const refuse = (): never => {
      throw new UsageError('no')
    }
    expect(await order({}, [], refuse)).toEqual(['ahead a b c', 'work', 'close'])
  })

  it('not if a report cannot be written, or there is no such kind', async () => {
    expect(await order({}, ['--report', 'html=/nowhere/run.html'])).toEqual([])
    expect(await order({}, ['--report', 'pdf=run.pdf'])).toEqual([])
    expect(await order({}, ['--log', '/nowhere/run.log'])).toEqual([])
  })

  it('not for a listing', async () => {
    expect(await order({}, ['--list-hosts'])).toEqual(['work'])
  })
})
