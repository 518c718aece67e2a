import { explain } from '../errors.ts'
import type { Event, Reporter } from '../events.ts'

export interface JunitOptions {
  sink: (text: string) => void
  mask: (text: string) => string
}

/** JUnit XML, written at the end: a suite a host, a case a task. */
export function junitReporter({ sink, mask }: JunitOptions): Reporter {
  const tasks = new Map<string, Extract<Event, { type: 'task-end' }>[]>()
  const ends = new Map<string, Extract<Event, { type: 'host-end' }>>()
  let name = ''
  const text = (value: string): string => escape(mask(value))
  const problem = (tag: string, error: unknown): string => {
    const lines = explain(error)
    return `<${tag} message="${text(lines[0] ?? '')}">${text(lines.join('\n'))}</${tag}>`
  }
  const caseOf = (host: string, title: string, ms: number, inner: string): string =>
    `    <testcase classname="${text(host)}" name="${text(title)}" time="${(ms / 1000).toFixed(3)}"${inner ? `>${inner}</testcase>` : '/>'}\n`
  const suite = (host: string, ms: number): string => {
    const all = tasks.get(host) ?? []
    const end = ends.get(host)
    const cases = all.map((event) =>
      caseOf(
        host,
        event.task,
        event.ms,
        event.error !== undefined
          ? problem('failure', event.error)
          : event.status === 'unknown'
            ? '<skipped/>'
            : event.change
              ? `<system-out>${text(event.change.summary)}</system-out>`
              : '',
      ),
    )
    // What went wrong outside of a task: no connection, a barrier.
    const other =
      end && end.status !== 'done' && end.task === undefined
        ? [caseOf(host, end.status, 0, end.status === 'skipped' ? '<skipped/>' : problem('error', end.error))]
        : []
    const failures = all.filter((event) => event.error !== undefined).length
    const errors = other.length > 0 && end?.status !== 'skipped' ? 1 : 0
    return `  <testsuite name="${text(host)}" tests="${all.length + other.length}" failures="${failures}" errors="${errors}" time="${(ms / 1000).toFixed(3)}">\n${[...cases, ...other].join('')}  </testsuite>\n`
  }
  return {
    on: (event) => {
      if (event.type === 'run-start') name = event.playbook
      if (event.type === 'task-end') tasks.set(event.host, [...(tasks.get(event.host) ?? []), event])
      if (event.type === 'host-end') ends.set(event.host, event)
      if (event.type === 'run-end')
        sink(
          `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${text(name)}" time="${(event.ms / 1000).toFixed(3)}">\n${Object.entries(
            event.recap,
          )
            .map(([host, { ms }]) => suite(host, ms))
            .join('')}</testsuites>\n`,
        )
    },
    end: async () => undefined,
  }
}

/** XML 1.0 has no place at all for most control characters. */
const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
    .replace(/[&<>"]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each]!)
