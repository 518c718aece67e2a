import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { explain } from '../../runner/errors.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import { type Task, task, until } from '../../runner/task/task.ts'
import { render } from '../../runner/template.ts'
import { schemaText } from '../../tasks/app/inventory-schema.ts'
import { scriptedPlay } from './play/scripted-play.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const holds: Task = task({ name: 'holds', check: async () => null, apply: async () => undefined })

describe('a mistake of a playbook’s author is explained, with what to do:', () => {
  it.each<[string, (on: OnHost<unknown>) => Promise<void>, RegExp]>([
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
      'a function that was not called',
      async ({ run }) => void (await run((() => [holds]) as unknown as Task)),
      /was given something that is not a task\nIs a function named and not called/,
    ],
    [
      'a condition in place of a task',
      async ({ run }) => void (await run(true as unknown as Task)),
      /run\(\) was given something that is not a task/,
    ],
    [
      'a promise in a transaction',
      async ({ transaction }) => void (await transaction(Promise.resolve(holds) as unknown as Task)),
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
    const { explained } = await scriptedPlay(['a']).on({}, work)
    expect(explained.join('\n')).toMatch(message)
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
    expect(Object.keys(schema.properties)).toEqual(['defaults', 'hosts', 'groups', 'vars', 'parts', 'apps'])
    expect(Object.keys(schema.$defs.vars.properties)).toContain('firewall')
    const example = parse(readFileSync(join(root, 'inventory.example.yaml'), 'utf8')) as Record<string, object>
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(example)))
    expect(Object.keys(schema.properties.apps!.additionalProperties!.properties!)).toEqual(
      expect.arrayContaining(Object.keys((example.apps as Record<string, object>).shop!)),
    )
  })
})
