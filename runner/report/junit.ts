import type { Finding, MaskedEventOf, Reporter } from '../events.ts'
import type { ReporterOptions } from './options.ts'

/** JUnit XML, written at the end of the run: a suite for each host, a case for each task and each finding. */
export function junitReporter({ sink }: Pick<ReporterOptions, 'sink'>): Reporter {
  const tasks = new Map<string, MaskedEventOf<'task-end'>[]>()
  const ends = new Map<string, MaskedEventOf<'host-end'>>()
  const findings = new Map<string, readonly Finding[]>()
  let playbook = ''
  return {
    on: (event) => {
      if (event.type === 'run-start') playbook = event.playbook
      if (event.type === 'task-end') tasks.set(event.host, [...(tasks.get(event.host) ?? []), event])
      if (event.type === 'findings') findings.set(event.host, [...(findings.get(event.host) ?? []), ...event.findings])
      if (event.type === 'host-end') ends.set(event.host, event)
      if (event.type === 'run-end') {
        const suites = Object.entries(event.recap).map(([host, { ms }]) =>
          suiteOf({ host, ms, tasks: tasks.get(host), findings: findings.get(host), end: ends.get(host) }),
        )
        sink(
          '<?xml version="1.0" encoding="UTF-8"?>\n' +
            `<testsuites name="${escape(playbook)}" time="${inSeconds(event.ms)}">\n${suites.join('')}</testsuites>\n`,
        )
      }
    },
    end: async () => undefined,
  }
}

interface Suite {
  host: string
  ms: number
  tasks?: readonly MaskedEventOf<'task-end'>[]
  findings?: readonly Finding[]
  end: MaskedEventOf<'host-end'> | undefined
}

function suiteOf({ host, ms, tasks = [], findings = [], end }: Suite): string {
  // What went wrong outside of a task: no connection, or a barrier.
  const outside =
    end && end.status !== 'done' && end.task === undefined
      ? [caseOf(host, end.status, 0, end.status === 'skipped' ? '<skipped/>' : problem('error', end.error))]
      : []
  const cases = tasks.map((event) => caseOf(host, event.task, event.ms, resultOf(event)))
  const found = findings.map((finding) => caseOf(host, finding.subject, 0, findingResult(finding)))
  const failures =
    tasks.filter(({ error, status }) => error !== undefined && status !== 'unknown').length +
    findings.filter(({ severity }) => severity === 'error').length
  const errors = outside.length > 0 && end?.status !== 'skipped' ? 1 : 0
  const counts = `tests="${tasks.length + findings.length + outside.length}" failures="${failures}" errors="${errors}"`
  return (
    `  <testsuite name="${escape(host)}" ${counts} time="${inSeconds(ms)}">\n` +
    `${[...cases, ...found, ...outside].join('')}  </testsuite>\n`
  )
}

function caseOf(host: string, title: string, ms: number, result: string): string {
  const head = `<testcase classname="${escape(host)}" name="${escape(title)}" time="${inSeconds(ms)}"`
  return `    ${head}${result ? `>${result}</testcase>` : '/>'}\n`
}

function resultOf({ error, status, change }: MaskedEventOf<'task-end'>): string {
  if (status === 'unknown') return problem('skipped', error)
  if (error !== undefined) return problem('failure', error)
  return change ? `<system-out>${escape(change.summary)}</system-out>` : ''
}

function findingResult({ severity, text, hint }: Finding): string {
  const lines = hint === undefined ? [text] : [text, hint]
  if (severity === 'error') return problem('failure', lines)
  return severity === 'ok'
    ? ''
    : `<system-out>${escape([`${severity}: ${lines[0]}`, ...lines.slice(1)].join('\n'))}</system-out>`
}

const problem = (tag: string, lines: readonly string[] = []): string =>
  `<${tag} message="${escape(lines[0] ?? '')}">${escape(lines.join('\n'))}</${tag}>`

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3)

/** Text in XML. Most control characters are not allowed in XML 1.0, not even escaped. */
const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
