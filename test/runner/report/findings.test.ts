import { expect, it } from 'vitest'
import type { Finding, MaskedEvent } from '../../../runner/events.ts'
import { countsOf, findingLines } from '../../../runner/report/findings.ts'
import type { Output } from '../../../runner/outputs.ts'
import { kinds } from '../../../runner/report/kinds.ts'
import type { ReporterOptions } from '../../../runner/report/options.ts'
import { visible } from './sample-run.ts'

const findings: readonly Finding[] = [
  { severity: 'ok', subject: 'memory', text: '2.0 GB' },
  { severity: 'note', subject: 'reboot', text: 'a reboot is pending', hint: 'Reboot it.' },
  { severity: 'error', subject: 'port 80', text: 'nginx (process 8) has it', hint: 'End it,\nor move it.' },
  { severity: 'warning', subject: 'disk', text: 'almost full' },
]
const plain = (_: string, text: string): string => text
const table = (list: readonly Finding[], verbose = false): string =>
  findingLines({ type: 'findings', host: 'web-1', findings: list }, { paint: plain, verbose }).join('\n')

it('a table has the worst first, aligned, and what is as it should be only with --verbose', () => {
  expect(table(findings)).toMatchInlineSnapshot(`
    "web-1: 1 error, 1 warning, 1 note
      error    port 80  nginx (process 8) has it
                        End it,
                        or move it.
      warning  disk     almost full
      note     reboot   a reboot is pending
                        Reboot it."
  `)
  expect(table(findings, true)).toMatchInlineSnapshot(`
    "web-1: 1 error, 1 warning, 1 note
      error    port 80  nginx (process 8) has it
                        End it,
                        or move it.
      warning  disk     almost full
      note     reboot   a reboot is pending
                        Reboot it.
      ok       memory   2.0 GB"
  `)
  expect(table([{ severity: 'ok', subject: 'memory', text: '2.0 GB' }])).toMatchInlineSnapshot(
    `"web-1: all is as it should be"`,
  )
})

it('each severity has its colour', () => {
  expect(
    findingLines({ type: 'findings', host: 'a', findings }, { paint: visible, verbose: true }).slice(0, 2),
  ).toEqual(['<bold>a</>: 1 error, 1 warning, 1 note', '  <red>error  </>  port 80  nginx (process 8) has it'])
})

it.each([
  [[], 'all is as it should be'],
  [['ok', 'ok'], 'all is as it should be'],
  [['error', 'note', 'error', 'ok'], '2 errors, 1 note'],
] as const)('%j is counted as %s', (severities, text) =>
  expect(countsOf(severities.map((severity) => ({ severity, subject: '', text: '' })))).toBe(text),
)

/** What a kind of report writes of a run that only found something out. */
async function report(kind: Output): Promise<string> {
  let text = ''
  const options: ReporterOptions = {
    sink: (piece) => (text += piece),
    paint: plain,
    verbose: false,
    diff: false,
    profile: false,
    columns: () => 80,
    rows: () => 24,
    summaryFile: undefined,
  }
  const reporter = await kinds[kind](options)
  const counters = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
  const events: MaskedEvent[] = [
    { type: 'run-start', playbook: 'Doctor', hosts: ['web-1'], check: false, diff: false },
    { type: 'host-start', host: 'web-1' },
    { type: 'host-end', host: 'web-1', status: 'done' },
    { type: 'findings', host: 'web-1', findings },
    { type: 'run-end', recap: { 'web-1': counters }, ms: 1200, failures: [] },
  ]
  for (const event of events) reporter.on(event)
  await reporter.end()
  return text
}

it.each<Output>(['plain', 'tree', 'github'])('%s shows the table, and counts the findings at the end', async (kind) => {
  const text = await report(kind)
  expect(text).toContain(`${table(findings)}\n`)
  expect(text).toContain('1 error, 1 warning, 1 note, 1.2 s\n')
})

it('github has an annotation for each error and each warning', async () => {
  expect((await report('github')).match(/^::(error|warning|notice).*$/gm)).toEqual([
    '::error title=web-1%3A port 80::nginx (process 8) has it%0AEnd it,%0Aor move it.',
    '::warning title=web-1%3A disk::almost full',
  ])
})

it('json has each finding with all of it', async () => {
  const line = (await report('json')).split('\n').find((each) => each.includes('"type":"findings"'))
  expect(JSON.parse(line ?? '')).toMatchObject({ v: 1, host: 'web-1', findings })
})

it('junit has a case for each finding, and an error is a failure', async () => {
  expect(await report('junit')).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="Doctor" time="1.200">
      <testsuite name="web-1" tests="4" failures="1" errors="0" time="0.000">
        <testcase classname="web-1" name="memory" time="0.000"/>
        <testcase classname="web-1" name="reboot" time="0.000"><system-out>note: a reboot is pending
    Reboot it.</system-out></testcase>
        <testcase classname="web-1" name="port 80" time="0.000"><failure message="nginx (process 8) has it">nginx (process 8) has it
    End it,
    or move it.</failure></testcase>
        <testcase classname="web-1" name="disk" time="0.000"><system-out>warning: almost full</system-out></testcase>
      </testsuite>
    </testsuites>
    "
  `)
})
