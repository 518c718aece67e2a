import { BarrierError, CommandError, CutoverError, UnreachableError } from '../../../runner/errors.ts'
import type { Event, MaskedEvent } from '../../../runner/events.ts'
import { maskEvent } from '../../../runner/report/mask-event.ts'

const failure = new CutoverError('web-2: start: apply failed', {
  cause: new CommandError('docker start x', { host: 'web-1', exitCode: 1, output: 'no such <container> "x"\u0001' }),
  hint: 'Look at it, 100 %.',
})
const noAnswer = new UnreachableError('web-3: no answer', { hint: 'Ping it.' })
const counters = { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0, ms: 1500 }
const change = { summary: 'mode', before: 'a\nb\n', after: 'a\nc\n' }

/** The events of a run in which everything happens. */
const events = (check: boolean): Event[] => [
  { type: 'run-start', playbook: 'Deploy & more', hosts: ['web-1', 'web-2', 'web-3', 'web-4'], check, diff: false },
  { type: 'host-start', host: 'web-1' },
  { type: 'host-start', host: 'web-2' },
  { type: 'host-start', host: 'web-3' },
  { type: 'host-connected', host: 'web-1', ms: 20.06 },
  { type: 'task-start', host: 'web-1', task: 'file', phase: 'run' },
  { type: 'task-output', host: 'web-1', task: 'file', line: 'helper' },
  { type: 'task-output', host: 'web-1', task: 'file', line: '10 %', live: true },
  { type: 'task-progress', host: 'web-1', task: 'file', text: '3 of 4 MB', values: { bytes: 3e6 } },
  { type: 'task-end', host: 'web-1', task: 'file', status: 'changed', ms: 1200, change },
  { type: 'task-end', host: 'web-1', task: 'service', status: 'ok', ms: 10 },
  { type: 'task-end', host: 'web-1', task: 'later', status: 'unknown', ms: 10, error: ['there is no user app'] },
  { type: 'task-end', host: 'web-2', task: 'file', status: 'changed', ms: 800, change },
  ...(check ? [] : failing),
  { type: 'note', host: 'web-1', text: 'a word' },
  { type: 'host-end', host: 'web-1', status: 'done' },
  check
    ? { type: 'host-end', host: 'web-2', status: 'done' }
    : { type: 'host-end', host: 'web-2', status: 'failed', error: failure, task: 'start' },
  { type: 'host-end', host: 'web-3', status: 'unreachable', error: noAnswer },
  { type: 'host-end', host: 'web-4', status: 'skipped', error: new BarrierError('web-4: web-3 failed') },
  { type: 'note', text: 'a word for all' },
  {
    type: 'run-end',
    recap: {
      'web-1': counters,
      'web-2': { ...counters, failed: check ? 0 : 1 },
      'web-3': { ...counters, changed: 0, unreachable: 1, ms: 125_000 },
      'web-4': { ...counters, changed: 0, skipped: 1 },
    },
    ms: 2000,
    failures: [
      ...(check ? [] : [{ host: 'web-2', task: 'start', error: failure }]),
      { host: 'web-3', error: noAnswer },
    ],
  },
]

const failing: Event[] = [
  { type: 'task-retry', host: 'web-2', task: 'start', left: 2, error: new Error('not yet') },
  { type: 'task-end', host: 'web-2', task: 'start', status: 'failed', ms: 300, error: failure },
  { type: 'task-start', host: 'web-2', task: 'file', phase: 'undo' },
  { type: 'task-end', host: 'web-2', task: 'file', status: 'undone', ms: 300 },
  { type: 'task-end', host: 'web-2', task: 'older', status: 'undo-failed', ms: 300, error: new Error('busy') },
]

/** The same events as reporters get them. */
export const sampleRun = ({ check = false } = {}): MaskedEvent[] =>
  events(check).map((event) => maskEvent(event, (text) => text))

/** Colours as words: `<red>text</>`. */
export const visible = (colour: string, text: string): string => `<${colour}>${text}</>`
