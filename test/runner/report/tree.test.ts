import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { treeReporter } from '../../../runner/report/tree.ts'
import { sampleRun } from './sample-run.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Control characters as words. */
const escaped = (text: string): string => text.replaceAll('\u001b', 'ESC').replaceAll('\r', 'CR')

interface Drawn {
  pieces: string[]
  reporter: ReturnType<typeof treeReporter>
}

function tree(options: { diff?: boolean; columns?: () => number } = {}): Drawn {
  const pieces: string[] = []
  const reporter = treeReporter({
    sink: (text) => void pieces.push(text),
    paint: (_, text) => text,
    verbose: false,
    diff: false,
    profile: false,
    columns: () => 40,
    rows: () => 10,
    ...options,
  })
  return { pieces, reporter }
}

it('is drawn ten times a second, each time in the place of the picture before', async () => {
  const { pieces, reporter } = tree()
  const [start, ...events] = sampleRun()
  reporter.on(start!)
  await vi.advanceTimersByTimeAsync(0)
  for (const event of events.slice(0, 7)) reporter.on(event)
  await vi.advanceTimersByTimeAsync(250)
  expect(pieces.map(escaped)).toMatchInlineSnapshot(`
    [
      "ESC[?25l",
      "Deploy & more                    0.0 s
    · waiting: web-1, web-2, web-3, web-4
    ",
      "ESC[2ACRESC[JDeploy & more                    0.1 s
    ⠙ web-1  ok=0 changed=0          0.1 s
        ⠙ file                       0.1 s
            10 %
    ⠙ web-2  ok=0 changed=0          0.1 s
    ⠙ web-3  ok=0 changed=0          0.1 s
    · waiting: web-4
    ",
      "ESC[7ACRESC[JDeploy & more                    0.2 s
    ⠹ web-1  ok=0 changed=0          0.2 s
        ⠹ file                       0.2 s
            10 %
    ⠹ web-2  ok=0 changed=0          0.2 s
    ⠹ web-3  ok=0 changed=0          0.2 s
    · waiting: web-4
    ",
    ]
  `)
  await reporter.end()
})

it('is drawn whole at its end, shows the cursor again, and is followed by notes and closing lines', async () => {
  const { pieces, reporter } = tree()
  for (const event of sampleRun()) reporter.on(event)
  await reporter.end()
  expect(pieces.slice(-3).map(escaped)).toMatchInlineSnapshot(`
    [
      "ESC[2ACRESC[JDeploy & more                    0.0 s
    ✗ web-2  ok=0 changed=1 failed   0.0 s
        ~ file: mode                 0.8 s
        ✗ start                      0.3 s
        ↶ file                       0.3 s
        ✗ older                      0.3 s
    ✗ web-3  ok=0 changed=0 unreach… 0.0 s
    ✔ web-1  ok=1 changed=1          0.0 s
        ~ file: mode                 1.2 s
        ? later                      0.0 s
    · skipped: web-4
    ",
      "ESC[?25h",
      "web-1: a word
    a word for all

    ✗ web-2 start: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"

    ✗ web-3: no answer
        Ping it.

    web-1  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    web-2  ok=1   changed=1   failed=1   skipped=0   unreachable=0   1.5 s
    web-3  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    web-4  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    2 of 4 hosts failed, 2.0 s
    ",
    ]
  `)
})

it('takes more rows once the terminal is narrower', async () => {
  let columns = 40
  const { pieces, reporter } = tree({ columns: () => columns })
  reporter.on(sampleRun()[0]!)
  await vi.advanceTimersByTimeAsync(0)
  columns = 20
  await vi.advanceTimersByTimeAsync(100)
  expect(pieces.at(-1)?.split('\r')[0]).toBe('\u001b[4A')
  await reporter.end()
})

it.each([
  [true, false, '\n    @@ -1,2 +1,2 @@\n     a\n    -b\n    +c\n'],
  [false, false, undefined],
  [true, true, 'Plan for web-2: 1 to change'],
])(
  'shows diffs after the run where they are asked for (%s), and in the plan of a check (%s)',
  async (diff, check, text) => {
    const { pieces, reporter } = tree({ diff })
    for (const event of sampleRun({ check })) reporter.on(event)
    await reporter.end()
    const last = pieces.at(-1) ?? ''
    if (text === undefined) expect(last).not.toContain('@@')
    else expect(last).toContain(text)
    expect(last.startsWith('web-1  file: mode\n')).toBe(diff && !check)
  },
)

it('writes nothing for a run that did not start', async () => {
  const { pieces, reporter } = tree()
  await reporter.end()
  expect(pieces).toEqual([])
})
