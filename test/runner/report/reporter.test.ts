import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../runner/errors.ts'
import { outputs } from '../../../runner/outputs.ts'
import { kinds } from '../../../runner/report/kinds.ts'
import { createReporter, type ReportOptions } from '../../../runner/report/reporter.ts'
import { sampleRun } from './sample-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))

beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'CI', 'TERM'])
    vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const quiet: ReportOptions = {
  output: 'plain',
  reports: [],
  log: undefined,
  sink: () => undefined,
  verbose: false,
  diff: false,
  profile: false,
}

/** What goes to the terminal. */
async function printed(options: Partial<ReportOptions> = {}): Promise<string> {
  let text = ''
  const reporter = await createReporter({
    ...quiet,
    output: undefined,
    sink: (piece) => (text += piece),
    ...options,
  })
  for (const event of sampleRun()) reporter.on(event)
  await reporter.end()
  return text
}

/** Makes the standard output a terminal, or not. */
function onTerminal(isTTY: boolean): void {
  vi.spyOn(process, 'stdout', 'get').mockReturnValue({ isTTY, columns: 0, rows: 0 } as typeof process.stdout)
}

describe('what suits the terminal', () => {
  const starts = {
    tree: '\u001b[?25l',
    plain: 'Deploy & more: web-1, web-2, web-3, web-4\n',
    github: 'Deploy & more\n',
  }
  it.each([
    ['tree', true, { NO_COLOR: '1' }],
    ['plain', true, { CI: '1', NO_COLOR: '1' }],
    ['plain', true, { TERM: 'dumb' }],
    ['plain', false, {}],
    ['plain', false, { GITHUB_ACTIONS: 'false' }],
    ['github', false, { GITHUB_ACTIONS: 'true' }],
  ] as const)('is %s where the output is a terminal: %s, with %j', async (output, tty, env) => {
    onTerminal(tty)
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    expect((await printed()).slice(0, starts[output].length)).toBe(starts[output])
  })

  it('has colours on a terminal, and not in files', async () => {
    onTerminal(true)
    const file = join(folder, 'plain.txt')
    expect(await printed({ output: 'plain', reports: [`plain=${file}`] })).toContain('\u001b[31m')
    expect(readFileSync(file, 'utf8')).not.toContain('\u001b[')
  })

  it('takes a terminal without a size for one of 80 columns', async () => {
    onTerminal(true)
    vi.stubEnv('NO_COLOR', '1')
    const [title = ''] = (await printed({ output: 'tree' })).split('\u001b[?25l')[1]?.split('\n') ?? []
    expect(title).toHaveLength(78)
  })
})

describe('reports in files', () => {
  it('are written beside the output, for their owner alone', async () => {
    const [xml, lines, log] = [join(folder, 'r=1.xml'), join(folder, 'r.jsonl'), join(folder, 'run.log')]
    const text = await printed({ reports: [`junit=${xml}`, `json=${lines}`], log })
    expect(text).toContain('2 of 4 hosts failed')
    expect(readFileSync(xml, 'utf8')).toContain('<testsuites')
    expect(readFileSync(lines, 'utf8').split('\n')[0]).toContain('"run-start"')
    expect(readFileSync(lines, 'utf8')).not.toContain('helper')
    for (const file of [xml, lines, log]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('a log has everything', async () => {
    const log = join(folder, 'all.log')
    await printed({ log })
    expect(readFileSync(log, 'utf8')).toMatch(/web-1 {2}\| helper\n[^]* {4}\+c\n[^]*Slowest tasks/)
  })

  it('a page takes the place of an older one when it is whole, and nothing is left beside it', async () => {
    const pages = mkdtempSync(join(tmpdir(), 'cutover-'))
    const file = join(pages, 'run.html')
    writeFileSync(file, 'older', { mode: 0o640 })
    const reporter = await createReporter({ ...quiet, reports: [`html=${file}`] })
    for (const event of sampleRun()) {
      reporter.on(event)
      expect(readFileSync(file, 'utf8')).toBe('older')
    }
    await reporter.end()
    expect(readFileSync(file, 'utf8')).toContain('2 of 4 hosts failed')
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readdirSync(pages)).toEqual(['run.html'])
  })

  it('no page is written of a run that was refused before it began', async () => {
    const file = join(folder, 'none.html')
    const reporter = await createReporter({ ...quiet, reports: [`html=${file}`] })
    await reporter.end()
    expect(existsSync(file)).toBe(false)
  })

  it('the summary of a GitHub job is written for the terminal alone', async () => {
    const summary = join(folder, 'summary.md')
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary)
    await printed({ output: 'github', reports: [`github=${join(folder, 'g.txt')}`] })
    expect(readFileSync(summary, 'utf8').match(/\| host \|/g)).toHaveLength(1)
  })

  it.each(Object.keys(kinds))('may be of the kind %s', async (kind) => {
    const file = join(folder, `report-${kind}`)
    await printed({ output: 'plain', reports: [`${kind}=${file}`] })
    expect(readFileSync(file, 'utf8')).toContain('web-1')
  })
})

it('there are these kinds of reports', () => {
  expect(outputs).toEqual(['tree', 'plain', 'json', 'junit', 'github', 'html'])
})

describe('what is refused', () => {
  const error = (options: Partial<ReportOptions>): Promise<unknown> => printed(options).catch((cause: unknown) => cause)
  it.each([
    [
      { output: 'tre' },
      "--output is tree, plain, json, junit, github or html, not 'tre'",
      "Did you mean 'tree'? There are: tree, plain, json, junit, github, html.",
    ],
    [
      { reports: ['xml=x'] },
      "--report is tree, plain, json, junit, github or html, not 'xml'",
      "Did you mean 'html'? There are: tree, plain, json, junit, github, html.",
    ],
    [
      { reports: ['junit'] },
      '--report junit: where to?',
      'For example: --report junit=report.xml. Kinds: tree, plain, json, junit, github, html.',
    ],
    [
      { reports: ['json=/x.log'], log: '/y/../x.log' },
      'two reports go to /x.log',
      'Give each of --report and --log a file of its own.',
    ],
    [
      { reports: ['pdf=run.pdf'] },
      "--report is tree, plain, json, junit, github or html, not 'pdf'",
      'There are: tree, plain, json, junit, github, html.',
    ],
    [
      { log: '/proc/x/y' },
      "/proc/x/y can't be written: there is no folder /proc/x",
      'Make it (mkdir -p /proc/x), or name a file in another folder.',
    ],
    [
      { reports: ['html=/nowhere/run.html'] },
      "/nowhere/run.html can't be written: there is no folder /nowhere",
      'Make it (mkdir -p /nowhere), or name a file in another folder.',
    ],
    [{ reports: ['html=/proc/'] }, '/proc/ is a folder', 'Name the file in it, too: /proc/FILE.'],
  ])('%j', async (options, message, hint) => {
    const refused = await error(options)
    expect(refused).toBeInstanceOf(UsageError)
    expect(refused).toMatchObject({ message, hint })
  })
})
