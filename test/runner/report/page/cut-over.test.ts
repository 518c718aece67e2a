import { describe, expect, it } from 'vitest'
import { cutOversOf } from '../../../../runner/report/page/cut-over.ts'
import { traffic } from './sample-data.ts'

const only = (measured: Parameters<typeof cutOversOf>[0]): ReturnType<typeof cutOversOf>[number] =>
  cutOversOf(measured)[0]!

describe('the cut-over of an app', () => {
  const one = only([{ host: 'web-1', traffic: traffic(0, { failed: 3 }) }])

  it('says how many requests failed, and which version answered how many', () => {
    expect(one.summary).toBe('3 of 1,253 requests failed; 277 by v1.1.0 (blue) (22 %), 976 by v1.2.0 (green) (78 %).')
    const sum = traffic().samples.reduce((all, { requests }) => all + requests, 0)
    expect(sum).toBe(1253)
    expect(one.hosts).toBe('web-1')
    expect(one.versions).toEqual([
      { name: 'v1.1.0 (blue)', kind: 'old', requests: '277', share: '22', failed: '0', p95: '20 ms' },
      { name: 'v1.2.0 (green)', kind: 'new', requests: '976', share: '78', failed: '3', p95: '27 ms' },
    ])
  })

  it('marks the switch and the drain', () => {
    expect(one.origin).toBe('switch')
    expect(one.marks).toEqual([
      { at: 20, label: 'switch', seconds: '0 s', row: 0 },
      { at: 96, label: 'drain', seconds: '15.2 s', row: 1 },
    ])
  })

  it('tells its charts in words', () => {
    expect(one.requests.text).toMatch(
      /^Bars from -4 s to 16 s, up to \d\d requests a second: 277 by v1\.1\.0 .* switch at 0 s, drain at 15\.2 s$/,
    )
    expect(one.latency?.text).toBe(
      'Lines from -4 s to 16 s: 95 % of the answers of v1.1.0 (blue) took at most 20 ms; ' +
        '95 % of the answers of v1.2.0 (green) took at most 27 ms. switch at 0 s, drain at 15.2 s',
    )
  })

  it('has its figures as a table', () => {
    expect(one.table).toHaveLength(20)
    expect(one.table[0]).toEqual({ at: '-4 s', cells: ['62', '0', '8 ms', '20 ms', '0', '0', '–', '–'] })
    expect(one.width).toBe('each second')
    expect(one.byHost).toEqual([])
  })

  it('adds up hosts whose versions stand in different slots', () => {
    const other = traffic(2)
    const renamed = {
      ...other,
      versions: ['v1.1.0 (green)', 'v1.2.0 (blue)'],
      samples: other.samples.map((sample) => ({
        ...sample,
        version: sample.version === 'v1.1.0 (blue)' ? 'v1.1.0 (green)' : 'v1.2.0 (blue)',
      })),
    }
    const both = only([
      { host: 'web-1', traffic: traffic() },
      { host: 'web-2', traffic: renamed },
    ])
    expect(both.hosts).toBe('2 hosts together')
    expect(both.versions.map(({ name }) => name)).toEqual([
      'v1.1.0 (blue), v1.1.0 (green)',
      'v1.2.0 (green), v1.2.0 (blue)',
    ])
    expect(both.byHost.map(({ host, cells }) => [host, cells.length])).toEqual([
      ['web-1', 6],
      ['web-2', 6],
    ])
  })

  it('has no latency where none was measured', () => {
    const { samples, ...rest } = traffic()
    const without = samples.map(({ at, ms, version, requests, failed }) => ({ at, ms, version, requests, failed }))
    expect(only([{ host: 'a', traffic: { ...rest, samples: without } }]).latency).toBeNull()
  })
})

it('each app has a cut-over of its own, and one that was not measured has none', () => {
  const shop = traffic()
  const measured = [
    { host: 'a', traffic: shop },
    { host: 'a', traffic: { ...shop, subject: 'blog' } },
    { host: 'a', traffic: { ...shop, subject: 'empty', samples: [] } },
  ]
  expect(cutOversOf(measured).map(({ subject }) => subject)).toEqual(['shop', 'blog'])
})
