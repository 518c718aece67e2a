import type { Finding, MaskedEventOf, Severity } from '../events.ts'
import type { ReporterOptions } from './options.ts'
import type { Colour } from './paint.ts'

const colours: Record<Severity, Colour> = { ok: 'green', note: 'cyan', warning: 'yellow', error: 'red' }

/** From the one that matters most. */
const order: readonly Severity[] = ['error', 'warning', 'note', 'ok']

/** The findings on a host as an aligned table, the worst first. What is as it should be is shown only with `verbose`. */
export function findingLines(
  { host, findings }: MaskedEventOf<'findings'>,
  { paint, verbose }: Pick<ReporterOptions, 'paint' | 'verbose'>,
): string[] {
  const shown = order.flatMap((severity) =>
    findings.filter((each) => each.severity === severity && (verbose || severity !== 'ok')),
  )
  const width = Math.max(0, ...shown.map(({ subject }) => subject.length))
  const indent = ' '.repeat(2 + severityWidth + 2 + width + 2)
  return [
    `${paint('bold', host)}: ${countsOf(findings)}`,
    ...shown.flatMap(({ severity, subject, text, hint }) => [
      `  ${paint(colours[severity], severity.padEnd(severityWidth))}  ${subject.padEnd(width)}  ${text}`,
      ...(hint?.split('\n').map((line) => `${indent}${line}`) ?? []),
    ]),
  ]
}

const severityWidth = Math.max(...order.map((severity) => severity.length))

/** How many findings there are of each severity, for a person. */
export function countsOf(findings: readonly Finding[]): string {
  const counted = order.flatMap((severity) => {
    const count = findings.filter((each) => each.severity === severity).length
    return severity === 'ok' || count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`]
  })
  return counted.length > 0 ? counted.join(', ') : 'all is as it should be'
}
