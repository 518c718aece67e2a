import { expect, it } from 'vitest'
import { toRecord } from '../../../runner/report/record.ts'

it('a record has the version of its form, the time, and numbers with one decimal', () => {
  expect(toRecord({ type: 'host-connected', host: 'a', ms: 20.06 }, new Date(0))).toBe(
    '{"v":1,"at":"1970-01-01T00:00:00.000Z","type":"host-connected","host":"a","ms":20.1}',
  )
})

it('what an event does not have is left out, and a diff is there', () => {
  const change = { summary: 'x', diff: ['-a', '+b'] }
  expect(
    toRecord(
      { type: 'task-end', host: 'a', task: 't', status: 'changed', ms: 1, change, error: undefined },
      new Date(0),
    ),
  ).toBe(
    '{"v":1,"at":"1970-01-01T00:00:00.000Z","type":"task-end","host":"a","task":"t","status":"changed","ms":1,' +
      '"change":{"summary":"x","diff":["-a","+b"]}}',
  )
})
