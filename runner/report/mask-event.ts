import { explain, hintsOf, message } from '../errors.ts'
import type { Change, Event, Failure, Finding, MaskedChange, MaskedEvent, MaskedFailure, Traffic } from '../events.ts'
import { diffLines } from './diff.ts'

type Mask = (text: string) => string

/**
 * An event without secrets: every text is masked, and an error becomes the lines that explain it. Reporters get only
 * this form. Masking comes before anything else, because a text that was already cut, wrapped or escaped may contain
 * a part of a secret that the mask does not recognise.
 */
export function maskEvent(event: Event, mask: Mask): MaskedEvent {
  switch (event.type) {
    case 'run-start':
      return { ...event, playbook: mask(event.playbook), hosts: event.hosts.map(mask) }
    case 'host-start':
    case 'host-connected':
      return { ...event, host: mask(event.host) }
    case 'task-start':
      return { ...event, host: mask(event.host), task: mask(event.task) }
    case 'task-retry':
      // The attempts that follow are likely to succeed: the message is enough.
      return { ...event, host: mask(event.host), task: mask(event.task), error: mask(message(event.error)).split('\n') }
    case 'task-output':
      return { ...event, host: mask(event.host), task: mask(event.task), line: mask(event.line) }
    case 'task-progress':
      return { ...event, host: mask(event.host), task: mask(event.task), text: mask(event.text) }
    case 'task-end':
      return {
        ...event,
        host: mask(event.host),
        task: mask(event.task),
        change: event.change && maskedChange(event.change, mask),
        error: maskedError(event.error, mask),
      }
    case 'host-end':
      return {
        ...event,
        host: mask(event.host),
        error: maskedError(event.error, mask),
        task: event.task && mask(event.task),
      }
    case 'note':
      return { ...event, host: event.host && mask(event.host), text: mask(event.text) }
    case 'findings':
      return { ...event, host: mask(event.host), findings: event.findings.map((each) => maskedFinding(each, mask)) }
    case 'traffic':
      return { ...event, host: mask(event.host), traffic: maskedTraffic(event.traffic, mask) }
    case 'run-end':
      return {
        ...event,
        recap: Object.fromEntries(Object.entries(event.recap).map(([host, counters]) => [mask(host), counters])),
        failures: event.failures.map((failure) => maskedFailure(failure, mask)),
      }
  }
}

const maskedFinding = ({ severity, subject, text, hint }: Finding, mask: Mask): Finding => ({
  severity,
  subject: mask(subject),
  text: mask(text),
  ...(hint !== undefined && { hint: mask(hint) }),
})

function maskedFailure({ host, task, error }: Failure, mask: Mask): MaskedFailure {
  const hints = hintsOf(error)
  return {
    host: mask(host),
    task: task && mask(task),
    error: maskedError(error, mask) ?? [],
    ...(hints.length > 0 && { hints: mask(hints.join('\n')).split('\n') }),
  }
}

const maskedTraffic = ({ subject, versions, samples, marks }: Traffic, mask: Mask): Traffic => ({
  subject: mask(subject),
  versions: versions.map(mask),
  samples: samples.map((sample) => ({ ...sample, version: mask(sample.version) })),
  marks: marks.map(({ at, what }) => ({ at, what: mask(what) })),
})

const maskedError = (error: unknown, mask: Mask): string[] | undefined =>
  error === undefined ? undefined : mask(explain(error).join('\n')).split('\n')

/** The diff is made when a reporter first reads it: most runs show none, and of a large file it takes long. */
function maskedChange(change: Change, mask: Mask): MaskedChange {
  const summary = mask(change.summary)
  if (change.before === undefined && change.after === undefined) return { summary }
  let lines: readonly string[] | undefined
  return {
    summary,
    get diff() {
      // Each line is masked after the comparison: two secrets that differ would be equal once masked.
      return (lines ??= diffLines(change).map(mask))
    },
  }
}
