import { expect, it } from 'vitest'
import { outputs } from '../../../runner/outputs.ts'
import { isOutput, kinds } from '../../../runner/report/kinds.ts'
import type { ReporterOptions } from '../../../runner/report/options.ts'
import { sampleRun, visible } from './sample-run.ts'

/** What a kind of report writes of a run. */
async function report(kind: keyof typeof kinds): Promise<string> {
  let text = ''
  const options: ReporterOptions = {
    sink: (piece) => (text += piece),
    paint: visible,
    verbose: false,
    diff: false,
    profile: false,
    columns: () => 80,
    rows: () => 24,
    summaryFile: undefined,
  }
  const reporter = await kinds[kind](options)
  for (const event of sampleRun()) reporter.on(event)
  await reporter.end()
  return text
}

it.each<[keyof typeof kinds, string]>([
  ['tree', '\u001b[?25l'],
  ['plain', '<bold>Deploy & more: web-1, web-2, web-3, web-4</>\nweb-1  <yellow>changed</>  file'],
  ['json', '{"v":1,'],
  ['junit', '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites '],
  ['github', '<bold>Deploy & more</>\n'],
  ['html', '<!doctype html>\n<html lang="en">\n'],
])('a report of the kind %s begins as such a report does', async (kind, start) => {
  expect((await report(kind)).slice(0, start.length)).toBe(start)
})

it.each([
  ...outputs.map((name) => [name, true] as const),
  ['', false],
  ['Tree', false],
  ['xml', false],
  ['toString', false],
] as const)('%j is the name of a kind: %s', (name, is) => expect(isOutput(name)).toBe(is))

it('the kinds are told in this order', () =>
  expect(outputs).toEqual(['tree', 'plain', 'json', 'junit', 'github', 'html']))
