import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../runner/cli/run-cli.ts'
import { playbook } from '../../runner/play/playbook.ts'
import { outputs } from '../../runner/outputs.ts'
import { secretReference } from '../../runner/secret/reference.ts'
import type { Secret } from '../../runner/secret/secret.ts'
import { type Task, task } from '../../runner/task/task.ts'
import { render, folder as templates } from '../../runner/template.ts'

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
/** A kilobyte of printable characters, the same each time: a failure can be seen again. */
const kilobyte = Array.from({ length: 1024 }, (_, index) => printable[(index * 37 + Math.floor(index / 7) * 11) % 95])
  .join('')
  .trim()

const values = {
  QUOTES: `qu'o"te's "sentinel" \\' end`,
  SPACES: 'spaces  in   the sentinel',
  LINES: 'first sentinel line\nsecond sentinel line\n\nlast sentinel line',
  DOLLAR: '$SENTINEL ${HOME} $(id) sentinel',
  BACKTICKS: '`sentinel` and `id`',
  PERCENT: '100%sentinel %d %s %20',
  UNICODE: 'sentinel ü€😀 é',
  KILOBYTE: kilobyte,
}

/** As `base64` prints it: in lines of 76. */
const wrapped = (value: string): string[] => Buffer.from(value).toString('base64').match(/.{76}/g) ?? []

/** Every form in which a value may be found: a text that holds one of them leaks. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value)
  const lines = value.split('\n').filter((line) => line.trim().length >= 4)
  return [
    value,
    ...lines,
    bytes.toString('base64'),
    bytes.toString('base64url'),
    Buffer.from(`user:${value}`).toString('base64'),
    ...wrapped(`user:${value}`),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice('value='.length),
    JSON.stringify(value).slice(1, -1),
    ...lines.map((line) => JSON.stringify(line).slice(1, -1)),
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value)
afterAll(() => vi.unstubAllEnvs())
writeFileSync(join(folder, 'app.njk'), '{% for name, value in values %}{{ name }}={{ value }}\n{% endfor %}')
writeFileSync(
  join(folder, 'inventory.yaml'),
  JSON.stringify({
    defaults: { connection: 'local', become: 'none' },
    hosts: { here: {}, there: {} },
    vars: { secrets: Object.fromEntries(Object.keys(values).map((name) => [name, { env: name }])) },
  }),
)

/** Does with its secrets all that a careless author can do. */
const careless = playbook(
  'Careless',
  { settings: z.strictObject({ secrets: z.record(z.string(), secretReference) }), help: 'x' },
  async (play) => {
    const all = Object.entries(play.hosts()[0]!.vars.secrets).map(([name, reference]): [string, Secret] => [
      name,
      play.secret(reference, name),
    ])
    await play.on(play.hosts(), async ({ host, run, view, say }) => {
      const place = join(folder, `app-${host.name}`)
      const text = render(templates(folder)('app.njk'), { values: Object.fromEntries(all) })
      for (const [name, secret] of all) {
        const value = secret.reveal()
        say(`a note with ${value}`)
        const echo = Object.entries({
          clear: value,
          base64: Buffer.from(`user:${value}`).toString('base64'),
          lines: Buffer.from(`user:${value}`).toString('base64').replace(/.{76}/g, '$&\n'),
          url: `postgres://u:${encodeURIComponent(value)}@db`,
          json: JSON.stringify({ value }),
        })
        await run(...echo.map(([kind, form]) => prints(`print ${name} ${kind}`, form, play.check)))
        await run(
          task({
            name: `fail with ${value}`,
            check: async () => ({ summary: 'fail' }),
            apply: async (on) => void (await on.$`printf '%s\n' ${value} >&2; exit 3`),
            retries: 1,
            delay: 1,
          }),
        ).catch(() => undefined)
      }
      await run(
        task({
          name: 'file',
          check: async (on) => ((await on.read(place)) === (text as Secret).reveal() ? null : { summary: 'write' }),
          apply: (on) => on.write(place, text),
        }),
      )
      await view.$`cat ${place}; exit 9`
    })
  },
)

/** Prints a text on both streams, once, and shows it in its summary and its diff. */
function prints(name: string, form: string, diff: boolean): Task {
  let done = false
  return task({
    name,
    check: async () =>
      done ? null : { summary: `will print ${form}`, ...(diff && { before: `old ${form}\n`, after: `new ${form}\n` }) },
    apply: async (on) => {
      done = true
      await on.$`printf '%s\n' ${form}; printf '%s\n' ${form} >&2`
    },
  })
}

const written = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile())

describe('no secret is seen in anything the tool prints or writes', () => {
  it.each([
    ...outputs.flatMap((output) => [
      [`--output ${output}`, ['--output', output]],
      [`--output ${output}, with everything shown`, ['--output', output, '--verbose', '--diff', '--profile']],
      [`--output ${output} of a check`, ['--output', output, '--check', '--verbose', '--diff']],
    ]),
    ['variables', ['--show-vars', 'here']],
    ['a list of tasks', ['--list-tasks']],
    [
      'a file of every kind of report, and a log',
      [
        ...outputs.flatMap((output) => ['--report', `${output}=${join(folder, `report-${output}`)}`]),
        '--verbose',
        '--diff',
        '--log',
        join(folder, 'run.log'),
      ],
    ],
  ] as [string, string[]][])('%s', async (_, args) => {
    vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'summary.md'))
    let printed = ''
    await runCli(careless, {
      argv: ['--inventory', join(folder, 'inventory.yaml'), ...args],
      write: (text) => (printed += text),
    })
    expect(printed).not.toBe('')
    const places = [
      ['the output', printed],
      ...written(folder)
        .filter((path) => !/app-(here|there)$/.test(path))
        .map((path) => [path, readFileSync(path, 'utf8')]),
    ]
    for (const [place, text] of places) {
      for (const [name, value] of Object.entries(values)) {
        for (const form of forms(value))
          expect(text!.includes(form), `${name} in ${place}: ${form.slice(0, 60)}`).toBe(false)
      }
    }
  })
})
