import { describe, expect, it, vi } from 'vitest'
import type { MaskedEvent } from '../../../runner/events.ts'
import { plainReporter } from '../../../runner/report/plain.ts'
import { sampleRun, visible } from './sample-run.ts'

async function report(options: {
  check?: boolean
  verbose?: boolean
  diff?: boolean
  profile?: boolean
}): Promise<string> {
  const { check, verbose = false, diff = false, profile = false } = options
  let text = ''
  const reporter = plainReporter({ sink: (piece) => (text += piece), paint: visible, verbose, diff, profile })
  for (const event of sampleRun({ check })) reporter.on(event)
  await reporter.end()
  return text
}

it('a run is a line for each event, with the failures again and the recap at its end', async () => {
  expect(await report({})).toMatchInlineSnapshot(`
    "<bold>Deploy & more: web-1, web-2, web-3, web-4</>
    web-1  <yellow>changed</>  file: mode <dim>(1.2 s)</>
    web-1  <cyan>unknown</>  later <dim>(0.0 s)</>
        there is no user app
    web-2  <yellow>changed</>  file: mode <dim>(0.8 s)</>
    web-2  <yellow>again  </>  start: not yet <dim>(2 left)</>
    web-2  <red>failed </>  start <dim>(0.3 s)</>
        web-2: start: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"
    web-2  <cyan>undone </>  file <dim>(0.3 s)</>
    web-2  <red>undo-failed</>  older <dim>(0.3 s)</>
        busy
    web-1  a word
    web-3  <red>unreachable</>
        web-3: no answer
        Ping it.
    web-4  <red>skipped</>
        web-4: web-3 failed
    a word for all

    <red>✗ web-2</> <bold>start</>: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"

    <red>✗ web-3</>: no answer
        Ping it.

    <yellow>web-1</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <red>web-2</>  ok=1   changed=1   failed=1   skipped=0   unreachable=0   1.5 s
    <red>web-3</>  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    <green>web-4</>  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    2 of 4 hosts failed, 2.0 s
    "
  `)
})

it('with everything shown it has the output of commands, tasks that changed nothing, diffs and a profile', async () => {
  expect(await report({ verbose: true, diff: true, profile: true })).toMatchInlineSnapshot(`
    "<bold>Deploy & more: web-1, web-2, web-3, web-4</>
    <dim>web-1  | helper</>
    <dim>web-1  | 10 %</>
    web-1  <dim>running</>  file: 3 of 4 MB
    web-1  <yellow>changed</>  file: mode <dim>(1.2 s)</>
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>
    web-1  <green>ok     </>  service <dim>(0.0 s)</>
    web-1  <cyan>unknown</>  later <dim>(0.0 s)</>
        there is no user app
    web-2  <yellow>changed</>  file: mode <dim>(0.8 s)</>
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>
    web-2  <yellow>again  </>  start: not yet <dim>(2 left)</>
    web-2  <red>failed </>  start <dim>(0.3 s)</>
        web-2: start: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"
    web-2  <cyan>undone </>  file <dim>(0.3 s)</>
    web-2  <red>undo-failed</>  older <dim>(0.3 s)</>
        busy
    web-1  a word
    web-3  <red>unreachable</>
        web-3: no answer
        Ping it.
    web-4  <red>skipped</>
        web-4: web-3 failed
    a word for all

    <red>✗ web-2</> <bold>start</>: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"

    <red>✗ web-3</>: no answer
        Ping it.

    <bold>Slowest tasks (mean, and most on one host)</>
         0.8 s     1.2 s web-1  file
         0.3 s     0.3 s web-2  start
         0.3 s     0.3 s web-2  older
         0.0 s     0.0 s web-1  service
         0.0 s     0.0 s web-1  later
    <bold>Slowest hosts</>
      2 min 05 s  web-3
         1.5 s  web-1
         1.5 s  web-2
         1.5 s  web-4

    <yellow>web-1</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <red>web-2</>  ok=1   changed=1   failed=1   skipped=0   unreachable=0   1.5 s
    <red>web-3</>  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    <green>web-4</>  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    2 of 4 hosts failed, 2.0 s
    "
  `)
})

it('a check ends with a plan, in which hosts with the same changes are listed together', async () => {
  expect(await report({ check: true, diff: true })).toMatchInlineSnapshot(`
    "<bold>Deploy & more (check: nothing will be changed): web-1, web-2, web-3, web-4</>
    web-1  <yellow>would change</>  file: mode <dim>(1.2 s)</>
    web-1  <cyan>unknown</>  later <dim>(0.0 s)</>
        there is no user app
    web-2  <yellow>would change</>  file: mode <dim>(0.8 s)</>
    web-1  a word
    web-3  <red>unreachable</>
        web-3: no answer
        Ping it.
    web-4  <red>skipped</>
        web-4: web-3 failed
    a word for all

    <bold>Plan for web-1: 1 to change, 1 not known before that</>
      <yellow>~</> file: mode
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>
      <cyan>?</> later: there is no user app

    <bold>Plan for web-2: 1 to change</>
      <yellow>~</> file: mode
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>

    <red>✗ web-3</>: no answer
        Ping it.

    <yellow>web-1</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <yellow>web-2</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <red>web-3</>  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    <green>web-4</>  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    1 of 4 hosts failed, 2.0 s
    "
  `)
})

it.each([
  [20, /^<bold>Deploy: web-1, web-2, .*web-20<\/>\n$/],
  [21, /^<bold>Deploy: 21 hosts<\/>\n$/],
])('the title of a run on %i hosts', (count, title) => {
  let text = ''
  const options = { paint: visible, verbose: false, diff: false, profile: false }
  const reporter = plainReporter({ sink: (piece) => (text += piece), ...options })
  const hosts = Array.from({ length: count }, (_, index) => `web-${index + 1}`)
  reporter.on({ type: 'run-start', playbook: 'Deploy', hosts, check: false, diff: false })
  expect(text).toMatch(title)
})

describe('a task that waits', () => {
  const retry = (host: string, error: string, left: number): MaskedEvent => ({
    type: 'task-retry',
    host,
    task: 'wait',
    left,
    error: [error],
  })
  const events = [retry('a', 'starting', 3), retry('a', 'starting', 2), retry('b', 'starting', 2), retry('a', 'up', 1)]

  it.each([
    [
      false,
      ['a  again    wait: starting (3 left)', 'b  again    wait: starting (2 left)', 'a  again    wait: up (1 left)'],
    ],
    [
      true,
      [
        'a  again    wait: starting (3 left)',
        'a  again    wait: starting (2 left)',
        'b  again    wait: starting (2 left)',
        'a  again    wait: up (1 left)',
      ],
    ],
  ])('says each reason once on a host, unless it is verbose (%s)', (verbose, lines) => {
    const printed: string[] = []
    const reporter = plainReporter({
      sink: (text) => void printed.push(text.trimEnd()),
      paint: (_, text) => text,
      verbose,
      diff: false,
      profile: false,
    })
    for (const event of events) reporter.on(event)
    expect(printed).toEqual(lines)
  })
})

it('what a long step waits for is a line, though not each time that it says so', () => {
  vi.useFakeTimers({ now: 0, toFake: ['performance'] })
  let text = ''
  const reporter = plainReporter({
    sink: (piece) => (text += piece),
    paint: visible,
    verbose: false,
    diff: false,
    profile: false,
  })
  reporter.on({ type: 'task-start', host: 'web-1', task: 'gate', phase: 'run' })
  for (let second = 1; second <= 4; second++) {
    vi.advanceTimersByTime(1_000)
    reporter.on({ type: 'task-progress', host: 'web-1', task: 'gate', text: `/health answers 503 for ${second} s` })
  }
  vi.useRealTimers()
  expect(text).toBe('web-1  <dim>running</>  gate: /health answers 503 for 3 s\n')
})
