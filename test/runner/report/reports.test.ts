import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CommandError, CutoverError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { createReporter, maskEvent, type ReportOptions } from '../../../runner/report/index.ts'
import { Masker } from '../../../runner/secret/masker.ts'
import { Secret } from '../../../runner/secret/secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const secret = 'hun"ter<2>&\nthe second hun'
const masker = new Masker()
masker.learn(new Secret(secret, 'x'))
const mask = (text: string): string => masker.mask(text)
const failure = new CutoverError('web-2: start: apply failed', {
  cause: new CommandError('docker start x', 1, `no such <container> ${secret}\u0001`),
  hint: 'Look at it, 100 %.',
})
const counters = { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0, ms: 1500 }

const run = (check: boolean): Event[] => [
  { type: 'run-start', playbook: 'Deploy & more', hosts: ['web-1', 'web-2'], check, diff: false },
  { type: 'host-start', host: 'web-1' },
  { type: 'host-start', host: 'web-2' },
  { type: 'host-connected', host: 'web-1', ms: 20.06 },
  { type: 'task-start', host: 'web-1', task: 'file', phase: 'run' },
  { type: 'task-output', host: 'web-1', task: 'file', line: `said ${secret}` },
  {
    type: 'task-end',
    host: 'web-1',
    task: 'file',
    status: 'changed',
    ms: 1200,
    change: { summary: 'mode', before: 'a\nb\n', after: `a\n${secret}\n` },
  },
  { type: 'task-end', host: 'web-1', task: 'service', status: 'ok', ms: 10 },
  {
    type: 'task-end',
    host: 'web-2',
    task: 'file',
    status: 'changed',
    ms: 800,
    change: { summary: 'mode', before: 'a\nb\n', after: `a\n${secret}\n` },
  },
  ...(check
    ? []
    : [
        { type: 'task-retry', host: 'web-2', task: 'start', left: 2, error: new Error('not yet') } as const,
        { type: 'task-end', host: 'web-2', task: 'start', status: 'failed', ms: 300, error: failure } as const,
      ]),
  { type: 'host-end', host: 'web-1', status: 'done' },
  {
    type: 'host-end',
    host: 'web-2',
    status: check ? 'done' : 'failed',
    ...(!check && { error: failure, task: 'start' }),
  },
  { type: 'note', text: 'a word for all' },
  {
    type: 'run-end',
    recap: { 'web-1': counters, 'web-2': { ...counters, failed: check ? 0 : 1 } },
    ms: 2000,
    failures: check ? [] : [{ host: 'web-2', task: 'start', error: failure }],
  },
]

/** What goes to the terminal. */
async function printed(options: Partial<ReportOptions>, check = false): Promise<string> {
  let text = ''
  const reporter = await createReporter({
    output: 'plain',
    reports: [],
    log: undefined,
    sink: (piece) => (text += mask(piece)),
    verbose: false,
    diff: false,
    profile: false,
    ...options,
  })
  for (const event of run(check)) reporter.on(maskEvent(event, mask))
  await reporter.end()
  return text
}

afterEach(() => vi.unstubAllEnvs())

describe('the reports', () => {
  it('say what failed, why, and what to do; and retries', async () => {
    const text = await printed({})
    expect(text).toMatch(/web-2 +again +start: not yet \(2 left\)/)
    expect(text).toMatch(
      /✗ web-2 start: apply failed\n +Look at it, 100 %\.\n +docker start x ended with 1\n +no such <container> ••/,
    )
    expect(text).toContain('1 of 2 hosts failed, 2.0 s')
  })

  it('end a check with a plan, hosts with the same one together, with diffs', async () => {
    const text = await printed({}, true)
    expect(text).toMatch(/Plan for web-1, web-2: 1 to change\n {2}~ file: mode\n[^]*-b\n[^]*2 would change/)
    expect(text).toContain('+••')
    expect(text.match(/-b/g)).toHaveLength(1)
  })

  it('name the slowest with --profile', async () => {
    expect(await printed({ profile: true })).toMatch(
      /Slowest tasks[^]*1\.0 s +1\.2 s web-1 {2}file\n[^]*Slowest hosts\n +1\.5 s {2}web-1/,
    )
  })

  it('as JSON are an event a line, without secrets in any form', async () => {
    const lines = (await printed({ output: 'json' })).trim().split('\n')
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events[0]).toMatchObject({ v: 1, type: 'run-start', playbook: 'Deploy & more', hosts: ['web-1', 'web-2'] })
    expect(events.find((event) => event.type === 'task-end')).toMatchObject({
      host: 'web-1',
      task: 'file',
      status: 'changed',
      ms: 1200,
      change: { summary: 'mode', diff: expect.arrayContaining(['-b', '+••••••']) as string[] },
    })
    expect(events.find((event) => event.status === 'failed')).toMatchObject({
      error: expect.arrayContaining(['Look at it, 100 %.']) as string[],
    })
    expect(events.some((event) => event.type === 'task-output')).toBe(false)
    expect(lines.join('\n')).not.toContain('hun')
  })

  it('for GitHub fold each host, mark failures, and write a summary', async () => {
    const summary = join(folder, 'summary.md')
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary)
    vi.stubEnv('GITHUB_ACTIONS', 'true')
    const text = await printed({ output: undefined })
    expect(text).toMatch(
      /::group::web-1 done\nweb-1 +changed[^]*?::endgroup::\n::group::web-2 failed\n[^]*?::endgroup::\n::error title=web-2%3A start::web-2: start: apply failed%0ALook at it, 100 %25\.%0A[^\n]*\n/,
    )
    expect(readFileSync(summary, 'utf8')).toMatch(
      /\| web-1 \| 1 \| 1 \| 0 \| 0 \| 0 \| 1\.5 s \|[^]*\*\*web-2\*\* start/,
    )
    expect(text + readFileSync(summary, 'utf8')).not.toContain('hun"')
  })

  it('for GitHub say what looks like a command so that it is none', async () => {
    let text = ''
    const reporter = await createReporter({
      output: 'github',
      reports: [],
      log: undefined,
      sink: (piece) => (text += piece),
      verbose: true,
      diff: false,
      profile: false,
    })
    reporter.on({ type: 'run-start', playbook: 'x', hosts: ['a'], check: false, diff: false })
    reporter.on({ type: 'note', text: '::stop-commands::x' })
    reporter.on({ type: 'note', host: 'a', text: 'one\n   ::set-output name=a::b ##[error]c' })
    reporter.on({ type: 'host-end', host: 'a', status: 'done' })
    expect(text).toBe(
      'x\n: :stop-commands::x\n::group::a done\na  one\n   : :set-output name=a::b ## [error]c\n::endgroup::\n',
    )
  })

  it('may be several at once, in files that only their owner reads', async () => {
    const [xml, lines, log] = [join(folder, 'r=1.xml'), join(folder, 'r.jsonl'), join(folder, 'run.log')]
    const text = await printed({ reports: [`junit=${xml}`, `json=${lines}`], log })
    expect(text).toContain('1 of 2 hosts failed')
    expect(readFileSync(xml, 'utf8')).toContain('<testsuites')
    expect(readFileSync(lines, 'utf8').split('\n')[0]).toContain('"run-start"')
    expect(readFileSync(log, 'utf8')).toMatch(/web-1 +\| said ••••••\n[^]*web-1 +ok +service/)
    expect(readFileSync(log, 'utf8')).not.toContain('hun')
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })

  it.each([
    [{ output: 'tre' }, "--output is tree, plain, json, junit or github, not 'tre'"],
    [{ reports: ['xml=x'] }, "--report is tree, plain, json, junit or github, not 'xml'"],
    [{ reports: ['junit'] }, '--report junit: where to?'],
    [{ reports: ['json=x.log'], log: './x.log' }, 'two reports go to /'],
    [{ log: '/proc/x/y' }, "/proc/x/y can't be written"],
  ])('%j is refused', async (options, message) => {
    await expect(printed(options)).rejects.toThrow(message)
  })

  it('have colours on a terminal alone, or where they are wanted', async () => {
    vi.stubEnv('FORCE_COLOR', '1')
    expect(await printed({})).toContain('\u001b[31m')
    vi.stubEnv('FORCE_COLOR', '0')
    expect(await printed({})).not.toContain('\u001b[')
    vi.stubEnv('FORCE_COLOR', '1')
    vi.stubEnv('NO_COLOR', '1')
    expect(await printed({})).not.toContain('\u001b[')
    vi.unstubAllEnvs()
    vi.stubEnv('FORCE_COLOR', undefined)
    expect(await printed({})).not.toContain('\u001b[')
  })
})
