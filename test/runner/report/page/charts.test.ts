import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../../../runner/report/page/buckets.ts'
import { axesOf, count, latencyChart, placeOn, requestChart } from '../../../../runner/report/page/charts.ts'

const share = (requests: number, failed = 0, p95: number | null = null): Bucket['shares'][number] => ({
  requests,
  failed,
  p50: p95 === null ? null : p95 / 2,
  p95,
})
const buckets: Bucket[] = [
  { at: -1, shares: [share(100, 0, 20), share(0)] },
  { at: 0, shares: [share(20, 10), share(80, 0, 40)] },
]

describe('requests a second', () => {
  it('are bars that stand on one another, what failed on top', () => {
    expect(requestChart(buckets, 1)).toEqual({
      paths: ['M0 200v-200h450v200zM500 200v-20h450v20z', 'M500 180v-160h450v160z'],
      failed: 'M500 20v-20h450v20z',
      y: [
        { at: 0, label: '0' },
        { at: 50, label: '50' },
        { at: 100, label: '100' },
      ],
      most: 100,
    })
  })

  it('are fewer where a bar is wider', () => expect(requestChart(buckets, 10).most).toBe(10))

  it('have a scale though there were none', () => {
    expect(requestChart([{ at: 0, shares: [share(0)] }], 1)).toMatchObject({ paths: [''], failed: '', most: 0 })
  })
})

describe('how long answers took', () => {
  it('is a line for each version, with a gap where none was measured', () => {
    const more = [...buckets, { at: 1, shares: [share(0), share(9, 0, 30)] }, { at: 2, shares: [share(1, 0, 10)] }]
    expect(latencyChart(more)).toMatchObject({
      paths: ['M125 100M875 150', 'M375 0L625 50'],
      halves: ['M125 150M875 175', 'M375 100L625 125'],
      most: 40,
    })
    expect(latencyChart(more).y.map(({ label }) => label)).toEqual(['0 ms', '10 ms', '20 ms', '30 ms', '40 ms'])
  })
})

it('a time has its place on the axis, and what is outside stands at its end', () => {
  const axes = axesOf(buckets, 1)
  expect(axes).toMatchObject({ from: -1, to: 1 })
  expect([-5, -1, 0, 0.5, 9].map((at) => placeOn(axes, at))).toEqual([0, 0, 50, 75, 100])
})

it.each([
  [1204.4, '1,204'],
  [9.96, '10'],
  [3.14, '3.1'],
  [0, '0'],
])('%d is written as %s', (value, text) => expect(count(value)).toBe(text))
