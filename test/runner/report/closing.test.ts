import { describe, expect, it } from 'vitest'
import type { Counters, MaskedChange, MaskedEvent, MaskedFailure } from '../../../runner/events.ts'
import { changeLines, Closing } from '../../../runner/report/closing.ts'
import { visible } from './sample-run.ts'

const counters = (more: Partial<Counters> = {}): Counters => ({
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  unreachable: 0,
  ms: 0,
  ...more,
})
const start = (check: boolean): MaskedEvent => ({ type: 'run-start', playbook: 'p', hosts: ['a'], check, diff: false })
const ended = (host: string, task: string, change?: MaskedChange, ms = 0): MaskedEvent => ({
  type: 'task-end',
  host,
  task,
  status: 'changed',
  ms,
  ...(change && { change }),
})

interface Given {
  events?: readonly MaskedEvent[]
  recap?: Record<string, Counters>
  failures?: readonly MaskedFailure[]
  profile?: boolean
}

/** The lines that end a report of 2.5 s. */
function closing({ events = [], recap = {}, failures = [], profile = false }: Given): string[] {
  const made = new Closing({ paint: visible, profile })
  for (const event of events) made.on(event)
  return made.lines({ type: 'run-end', recap, failures, ms: 2500 })
}

it('a report knows from its first event whether the run only checks', () => {
  const made = new Closing({ paint: visible, profile: false })
  expect(made.check).toBe(false)
  made.on(start(true))
  made.on(ended('a', 't'))
  expect(made.check).toBe(true)
  made.on(start(false))
  expect(made.check).toBe(false)
})

describe('the last line', () => {
  const recap = { a: counters({ ok: 5, changed: 2 }), b: counters({ changed: 1 }), c: counters() }
  it.each<[string, Given]>([
    ['nothing to change, 2.5 s', {}],
    ['nothing to change, 2.5 s', { recap: { a: counters({ ok: 3, skipped: 1 }) } }],
    ['nothing to change, 2.5 s', { events: [start(true)], recap: { a: counters() } }],
    ['3 changed, 2.5 s', { recap }],
    ['3 changed, 2.5 s', { events: [start(false)], recap }],
    ['3 would change, 2.5 s', { events: [start(true)], recap }],
    ['1 of 3 hosts failed, 2.5 s', { recap, failures: [{ host: 'a', error: ['x'] }] }],
    [
      '2 of 3 hosts failed, 2.5 s',
      { events: [start(true)], recap, failures: ['a', 'b'].map((host) => ({ host, error: ['x'] })) },
    ],
  ])('is "%s"', (line, given) => expect(closing(given).at(-1)).toBe(line))
})

describe('the line of a host', () => {
  const lineOf = (recap: Record<string, Counters>): string[] => closing({ recap }).slice(1, -1)

  it.each<[string, Partial<Counters>]>([
    ['<green>host</>  ok=0   changed=0   failed=0   skipped=0   unreachable=0   0.0 s', {}],
    ['<green>host</>  ok=7   changed=0   failed=0   skipped=1   unreachable=0   0.0 s', { ok: 7, skipped: 1 }],
    ['<yellow>host</>  ok=0   changed=1   failed=0   skipped=0   unreachable=0   0.0 s', { changed: 1 }],
    ['<red>host</>  ok=0   changed=1   failed=1   skipped=0   unreachable=0   0.0 s', { changed: 1, failed: 1 }],
    ['<red>host</>  ok=0   changed=0   failed=0   skipped=0   unreachable=1   0.0 s', { unreachable: 1 }],
    [
      '<green>host</>  ok=10  changed=0   failed=0   skipped=100 unreachable=0   2 min 05 s',
      { ok: 10, skipped: 100, ms: 125_000 },
    ],
  ])('%s', (line, more) => expect(lineOf({ host: counters(more) })).toEqual([line]))

  it('begins with its name, which has at least four characters, and as many as the longest', () => {
    const hosts = (recap: Record<string, Counters>): (string | undefined)[] =>
      lineOf(recap).map((line) => /<green>(.*)<\/>/.exec(line)?.[1])
    expect(hosts({ a: counters(), abc: counters() })).toEqual(['a   ', 'abc '])
    expect(hosts({ a: counters(), 'web-10': counters() })).toEqual(['a     ', 'web-10'])
  })
})

describe('a failure', () => {
  it.each<[string[], MaskedFailure]>([
    [['<red>✗ a</>: no answer'], { host: 'a', error: ['a: no answer'] }],
    [['<red>✗ a</> <bold>t</>: apply failed'], { host: 'a', task: 't', error: ['a: t: apply failed'] }],
    [['<red>✗ a</> <bold>t</>: other words'], { host: 'a', task: 't', error: ['other words'] }],
    [
      ['<red>✗ a</> <bold>t</>: apply failed', '    it ended with 1', '      a: t: its output'],
      { host: 'a', task: 't', error: ['a: t: apply failed', 'it ended with 1', '  a: t: its output'] },
    ],
  ])('is %j', (lines, failure) => {
    expect(closing({ failures: [failure] }).slice(1, -1)).toEqual([...lines, ''])
  })

  it('is told with the others, one after the other, above the hosts', () => {
    const failures = ['a', 'b'].map((host) => ({ host, error: ['no answer'] }))
    expect(closing({ failures, recap: { a: counters({ unreachable: 1 }) } })).toEqual([
      '',
      '<red>✗ a</>: no answer',
      '',
      '<red>✗ b</>: no answer',
      '',
      '<red>a   </>  ok=0   changed=0   failed=0   skipped=0   unreachable=1   0.0 s',
      '2 of 1 hosts failed, 2.5 s',
    ])
  })
})

describe('the plan of a check', () => {
  const mode = { summary: 'mode' }
  const diff = ['@@ -1 +1 @@', '-b', '+c', ' d']

  it('lists what would change on each host, with its diff; hosts with the same plan are listed together', () => {
    const events = [
      start(true),
      ended('a', 'file', { summary: 'content', diff }),
      ended('b', 'file', mode),
      ended('c', 'file', { summary: 'content', diff }),
      ended('a', 'holds'),
      ended('a', 'service', { summary: 'restart' }),
      ended('c', 'service', { summary: 'restart' }),
    ]
    expect(closing({ events }).slice(0, -1)).toEqual([
      '',
      '<bold>Plan for a, c: 2 to change</>',
      '  <yellow>~</> file: content',
      '    <cyan>@@ -1 +1 @@</>',
      '    <red>-b</>',
      '    <green>+c</>',
      '     d',
      '  <yellow>~</> service: restart',
      '',
      '<bold>Plan for b: 1 to change</>',
      '  <yellow>~</> file: mode',
      '',
    ])
  })

  it('differs by the order of its tasks', () => {
    const events = [start(true), ...['ab', 'ba'].flatMap((tasks) => [...tasks].map((task) => ended(tasks, task, mode)))]
    expect(closing({ events }).filter((line) => line.includes('Plan'))).toEqual([
      '<bold>Plan for ab: 2 to change</>',
      '<bold>Plan for ba: 2 to change</>',
    ])
  })

  it('is not told of a run that changes something, nor of what would not change', () => {
    expect(closing({ events: [start(false), ended('a', 'file', mode)] })).toHaveLength(2)
    expect(closing({ events: [start(true), ended('a', 'file')] })).toHaveLength(2)
    const other: MaskedEvent[] = [start(true), { type: 'task-start', host: 'a', task: 't', phase: 'run' }]
    expect(closing({ events: other })).toHaveLength(2)
  })
})

describe('the profile', () => {
  it('names the slowest tasks by their slowest host, and the slowest hosts', () => {
    const events = [
      ended('a', 'quick', undefined, 100),
      ended('a', 'slow', undefined, 1000),
      ended('b', 'slow', undefined, 3000),
      ended('c', 'slow', undefined, 3000),
      ended('a', 'middle', undefined, 2000),
    ]
    const recap = { a: counters({ ms: 1000 }), b: counters({ ms: 125_000 }), c: counters({ ms: 3000 }) }
    expect(closing({ events, recap, profile: true }).slice(1, -4)).toEqual([
      '<bold>Slowest tasks (mean, and most on one host)</>',
      '     2.3 s     3.0 s b  slow',
      '     2.0 s     2.0 s a  middle',
      '     0.1 s     0.1 s a  quick',
      '<bold>Slowest hosts</>',
      '  2 min 05 s  b',
      '     3.0 s  c',
      '     1.0 s  a',
      '',
    ])
  })

  it('has ten of each at most', () => {
    const many = Array.from({ length: 12 }, (_, index) => `x${index}`)
    const lines = closing({
      events: many.map((task, index) => ended('a', task, undefined, index * 1000)),
      recap: Object.fromEntries(many.map((host, index) => [host, counters({ ms: index * 1000 })])),
      profile: true,
    })
    const slowest = many.slice(2).reverse()
    const [tasks, hosts] = [1, 12].map((from) => lines.slice(from + 1, from + 11).map((line) => /\S+$/.exec(line)?.[0]))
    expect([tasks, hosts, lines[12], lines[23]]).toEqual([slowest, slowest, '<bold>Slowest hosts</>', ''])
  })

  it('is told only if it is asked for', () => {
    expect(closing({ events: [ended('a', 't', undefined, 5)] })).toEqual(['', 'nothing to change, 2.5 s'])
  })
})

it('all parts come in their order', () => {
  const lines = closing({
    events: [start(true), ended('a', 'file', { summary: 'mode' }, 10)],
    recap: { a: counters({ changed: 1 }) },
    failures: [{ host: 'a', error: ['x'] }],
    profile: true,
  })
  expect(lines.map((line) => line.slice(0, 10))).toEqual([
    '',
    '<bold>Plan',
    '  <yellow>',
    '',
    '<red>✗ a</',
    '',
    '<bold>Slow',
    '     0.0 s',
    '<bold>Slow',
    '     0.0 s',
    '',
    '<yellow>a ',
    '1 of 1 hos',
  ])
})

it('a change has its diff in colours, or no lines', () => {
  expect(changeLines({ summary: 'x' }, visible)).toEqual([])
  expect(changeLines({ summary: 'x', diff: ['+a', '-b', '@@ -1 @@ x', ' c@', ''] }, visible)).toEqual([
    '    <green>+a</>',
    '    <red>-b</>',
    '    <cyan>@@ -1 @@ x</>',
    '     c@',
    '    ',
  ])
})
