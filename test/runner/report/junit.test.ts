import { expect, it } from 'vitest'
import { junitReporter } from '../../../runner/report/junit.ts'
import { sampleRun } from './sample-run.ts'

it('a run is a suite for each host and a case for each task, written at the end', async () => {
  const pieces: string[] = []
  const reporter = junitReporter({ sink: (text) => void pieces.push(text) })
  for (const event of sampleRun()) reporter.on(event)
  await reporter.end()
  expect(pieces).toHaveLength(1)
  expect(pieces[0]).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="Deploy &amp; more" time="2.000">
      <testsuite name="web-1" tests="3" failures="0" errors="0" time="1.500">
        <testcase classname="web-1" name="file" time="1.200"><system-out>mode</system-out></testcase>
        <testcase classname="web-1" name="service" time="0.010"/>
        <testcase classname="web-1" name="later" time="0.010"><skipped message="there is no user app">there is no user app</skipped></testcase>
      </testsuite>
      <testsuite name="web-2" tests="4" failures="2" errors="0" time="1.500">
        <testcase classname="web-2" name="file" time="0.800"><system-out>mode</system-out></testcase>
        <testcase classname="web-2" name="start" time="0.300"><failure message="web-2: start: apply failed">web-2: start: apply failed
    Look at it, 100 %.
    docker start x ended with 1
      no such &lt;container&gt; &quot;x&quot;�</failure></testcase>
        <testcase classname="web-2" name="file" time="0.300"/>
        <testcase classname="web-2" name="older" time="0.300"><failure message="busy">busy</failure></testcase>
      </testsuite>
      <testsuite name="web-3" tests="1" failures="0" errors="1" time="125.000">
        <testcase classname="web-3" name="unreachable" time="0.000"><error message="web-3: no answer">web-3: no answer
    Ping it.</error></testcase>
      </testsuite>
      <testsuite name="web-4" tests="1" failures="0" errors="0" time="1.500">
        <testcase classname="web-4" name="skipped" time="0.000"><skipped/></testcase>
      </testsuite>
    </testsuites>
    "
  `)
})

it('a host without any event has an empty suite', () => {
  let text = ''
  const reporter = junitReporter({ sink: (piece) => (text += piece) })
  const counters = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
  reporter.on({ type: 'run-end', recap: { a: counters }, ms: 0, failures: [] })
  expect(text).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="" time="0.000">
      <testsuite name="a" tests="0" failures="0" errors="0" time="0.000">
      </testsuite>
    </testsuites>
    "
  `)
})
