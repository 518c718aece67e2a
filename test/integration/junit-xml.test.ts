import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { junitReporter } from '../../runner/report/junit.ts'
import { sampleRun } from '../runner/report/sample-run.ts'

const script = `
import sys, json, xml.etree.ElementTree as E
root = E.fromstring(sys.stdin.buffer.read())
print(json.dumps([root.get("name")] + [
  [s.get("name"), s.get("tests"), s.get("failures"), s.get("errors"), [c.get("name") for c in s]] for s in root
]))
`

it('a JUnit report is well-formed XML', () => {
  let text = ''
  const reporter = junitReporter({ sink: (piece) => (text += piece) })
  for (const event of sampleRun()) reporter.on(event)
  const parsed = execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' })
  expect(JSON.parse(parsed)).toEqual([
    'Deploy & more',
    ['web-1', '3', '0', '0', ['file', 'service', 'later']],
    ['web-2', '4', '2', '0', ['file', 'start', 'file', 'older']],
    ['web-3', '1', '0', '1', ['unreachable']],
    ['web-4', '1', '0', '0', ['skipped']],
  ])
})
