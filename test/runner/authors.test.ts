import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { explain } from '../../runner/errors.ts'
import { prove, ScriptedHost } from '../../runner/task/kit.ts'
import { type Task, task, until } from '../../runner/task/task.ts'
import { render } from '../../runner/template.ts'
import { schemaText } from '../../tasks/app/inventory-schema.ts'
import { ran } from './ran.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const holds: Task = task({ name: 'holds', check: async () => null, apply: async () => undefined })

describe('a mistake of a playbook’s author says its mend', () => {
  it.each<[string, Parameters<typeof ran>[2], RegExp]>([
    [
      'a forgotten await',
      async ({ run }) => void run(holds),
      /run\(…\) was started without await\nIs an await missing: await run/,
    ],
    [
      'a forgotten await of what fails',
      async ({ run }) =>
        void run(
          task({
            name: 'bad',
            check: async () => ({ summary: 'x' }),
            apply: () => Promise.reject(new Error('broken')),
          }),
        ),
      /started without await \(it failed: a: bad: apply failed\)/,
    ],
    [
      'a task without a name',
      async ({ run }) => void (await run({ ...holds, name: '' })),
      /a task without a name ran on a\nGive every task a name/,
    ],
    [
      'a forgotten spread',
      async ({ run }) => void (await run([holds] as unknown as Task)),
      /was given something that is not a task\nIs a spread missing/,
    ],
    [
      'a condition in place of a task',
      async ({ run }) => void (await run(false as unknown as Task)),
      /run\(\) was given something that is not a task[^]*\.\.\.\(condition \? \[task\] : \[\]\)/,
    ],
    [
      'a list in a transaction',
      async ({ transaction }) => void (await transaction([holds] as unknown as Task)),
      /transaction\(\) was given something that is not a task/,
    ],
    [
      'a check that says yes',
      async ({ run }) =>
        void (await run(task({ name: 'x', check: (async () => true) as never, apply: async () => undefined }))),
      /its check returned true\nA check returns null if nothing must change/,
    ],
    [
      'a change without a summary',
      async ({ run }) =>
        void (await run(
          task({ name: 'x', check: (async () => ({ text: 'a' })) as never, apply: async () => undefined }),
        )),
      /its check returned \{ text: 'a' \}/,
    ],
    [
      'a look without return',
      async ({ run }) => void (await run(until('x', (async () => undefined) as never, { retries: 0 }))),
      /its look returned nothing/,
    ],
    [
      'half a retry',
      async ({ run }) => void (await run({ ...holds, retries: 1.5 })),
      /holds: retries is a whole number of 0 or more, not 1\.5/,
    ],
    ['less than no retry', async ({ run }) => void (await run({ ...holds, retries: -1 })), /not -1/],
    [
      'no time',
      async ({ run }) => void (await run({ ...holds, timeout: 0 })),
      /holds: delay and timeout are times in ms, not 0 and 0/,
    ],
    [
      'a check without return',
      async ({ run }) =>
        void (await run(task({ name: 'x', check: (async () => undefined) as never, apply: async () => undefined }))),
      /its check returned nothing\nA check returns null if nothing must change/,
    ],
    [
      'a task that does not converge',
      async ({ run }) =>
        void (await run(task({ name: 'x', check: async () => ({ summary: 'again' }), apply: async () => undefined }))),
      /not converged: after apply, check still wants: again/,
    ],
    [
      'a mistake in the code',
      async ({ run }) =>
        void (await run(
          task({
            name: 'x',
            check: async () => (undefined as unknown as { a: { b: null } }).a.b,
            apply: async () => undefined,
          }),
        )),
      /Cannot read properties of undefined[^]*authors\.test\.ts/,
    ],
  ])('%s', async (_, work, message) => {
    expect((await ran('a', {}, work)).said).toMatch(message)
  })

  it.each([
    [
      'line one\n  {{ prot }}\n',
      { port: 1 },
      /x\.njk:2:\d+: .*: \{\{ prot \}\}\nDid you mean 'port'\? It was given: port\./,
    ],
    ['{% for a in b %}', {}, /x\.njk: .*unexpected end/],
    ['{{ a.b.c }}', { a: {} }, /x\.njk:1:\d+/],
  ])('a template with %j', (text, values, message) => {
    const path = join(folder, 'x.njk')
    writeFileSync(path, text)
    try {
      render(path, values)
    } catch (error) {
      return expect(explain(error).join('\n')).toMatch(message)
    }
    throw new Error('it was rendered')
  })
})

it('a command that nobody waits for, and that fails, ends the run as an error that says its mend; what was done is undone', () => {
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

describe('the kit', () => {
  const file = (more: Partial<Task> = {}): { task: Task; host: ScriptedHost } => {
    const host = new ScriptedHost((command) =>
      command === 'rm -f /x' ? { changes: () => host.files.delete('/x') } : command === 'true' ? '' : undefined,
    )
    const made = task({
      name: 'file',
      check: async (on) =>
        (await on.read('/x')) === 'content\n' ? null : { summary: 'write', before: '', after: 'content\n' },
      apply: (on) => on.write('/x', 'content\n'),
      undo: async (on) => void (await on.$`rm -f /x`),
      ...more,
    })
    return { task: made, host }
  }
  const refused = async (more: Partial<Task>, proof = {}): Promise<string> => {
    const { task: made, host } = file(more)
    return prove(made, host.host, proof).then(
      () => 'it was proven',
      (error: unknown) => explain(error).join('\n'),
    )
  }

  it('proves what a task promises', async () => {
    const { task: made, host } = file()
    expect(await prove(made, host.host, { change: /^write$/, diff: ['+content'] })).toMatchObject({ summary: 'write' })
    expect(host.files.get('/x')?.content).toBe('content\n')
  })

  it.each<[string, Partial<Task>, object, string]>([
    [
      'a check that changes something',
      { check: async (on) => (await (on as never as ScriptedHost).write('/y', ''), { summary: 'x' }) },
      {},
      'file: its check changes the host: /y',
    ],
    ['another change', {}, { change: 'delete' }, "its change is 'write', not delete"],
    ['another diff', {}, { diff: ['+other'] }, "its diff has no line '+other'"],
    ['an apply that does not converge', { apply: async () => undefined, undo: undefined }, {}, 'not converged'],
    [
      'an undo that does not take it back',
      { undo: async () => undefined },
      {},
      "after its undo the host is not as it was before: its change would be 'nothing'",
    ],
    ['a task that holds', { check: async () => null }, {}, 'it has nothing to change on this host'],
    [
      'a command that the script does not know',
      { check: async (on) => (await on.$`unknown thing`, null) },
      {},
      'the script of this host does not know the command: unknown thing',
    ],
  ])('and finds %s', async (_, more, proof, message) => {
    expect(await refused(more, proof)).toContain(message)
  })
})

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
    for (const name of ['Motd', 'motd-', '../motd']) expect(tool(name)).toContain(`'${name}' is no name for a file`)
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

describe('the schema of inventories', () => {
  const path = join(root, 'schema/inventory.schema.json')

  it('is what the code says (npm run schema), and is named in the example', () => {
    expect(readFileSync(path, 'utf8')).toBe(schemaText())
    expect(readFileSync(join(root, 'inventory.example.yaml'), 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./schema/inventory.schema.json',
    )
  })

  it('knows what an editor is asked for', () => {
    const schema = JSON.parse(readFileSync(path, 'utf8')) as {
      properties: Record<string, { additionalProperties?: { properties?: Record<string, unknown> } }>
      $defs: { vars: { properties: Record<string, unknown> } }
    }
    expect(Object.keys(schema.properties)).toEqual(['defaults', 'hosts', 'groups', 'vars', 'apps'])
    expect(Object.keys(schema.$defs.vars.properties)).toContain('firewall')
    const example = parse(readFileSync(join(root, 'inventory.example.yaml'), 'utf8')) as Record<string, object>
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(example)))
    expect(Object.keys(schema.properties.apps!.additionalProperties!.properties!)).toEqual(
      expect.arrayContaining(Object.keys((example.apps as Record<string, object>).shop!)),
    )
  })
})
