import { describe, expect, it, vi } from 'vitest'
import type { Traffic } from '../../../runner/events.ts'
import type { ReleaseContext } from '../../../tasks/blue-green/context.ts'
import { reportTraffic, trafficOf } from '../../../tasks/blue-green/traffic.ts'
import { appWith } from './builders.ts'

type CutOver = ReleaseContext['cutOver']
const measured = (more: Partial<CutOver> = {}): Traffic | null =>
  trafficOf({ app: appWith(), cutOver: { ...cutOver, ...more } }, 'v2')

const cutOver: CutOver = {
  from: 'v1',
  slot: 'green',
  samples: [
    { at: 5000, ms: 2000, slot: 'blue', requests: 100, failed: 0, p50: 5, p95: 17 },
    { at: 6000, ms: 1000, slot: 'blue', requests: 0, failed: 0 },
    { at: 6000, ms: 1000, slot: 'green', requests: 50, failed: 1, p95: 18 },
  ],
  times: { switched: 5000, drainBegan: 6200, drained: 7000 },
}

describe('what users asked during a cut-over', () => {
  it('names both versions with their slots, and marks the switch and the drain', () => {
    expect(measured()).toEqual({
      subject: 'shop',
      versions: ['v1 (blue)', 'v2 (green)'],
      samples: [
        { at: 5000, ms: 2000, version: 'v1 (blue)', requests: 100, failed: 0, p50: 5, p95: 17 },
        { at: 6000, ms: 1000, version: 'v1 (blue)', requests: 0, failed: 0 },
        { at: 6000, ms: 1000, version: 'v2 (green)', requests: 50, failed: 1, p95: 18 },
      ],
      marks: [
        { at: 5000, what: 'switch' },
        { at: 6200, what: 'drain' },
      ],
    })
  })

  it('has no drain where a release was taken back', () => {
    expect(measured({ times: { switched: 5000 } })?.marks).toEqual([{ at: 5000, what: 'switch' }])
  })

  it('is about one version where nothing served before', () => {
    const samples = cutOver.samples?.slice(1)
    expect(measured({ from: null, samples })).toMatchObject({ versions: ['v2 (green)'], samples: [{ requests: 50 }] })
  })

  it('is nothing without a switch or without a sample', () => {
    expect(measured({ slot: undefined })).toBeNull()
    expect(measured({ times: undefined })).toBeNull()
    expect(measured({ samples: [] })).toBeNull()
  })
})

describe('it is reported', () => {
  const context = (more: Partial<CutOver>): ReleaseContext =>
    ({
      app: appWith(),
      cutOver: { ...cutOver, ...more },
      resolve: async () => ({ wanted: { tag: 'v2' } }),
    }) as unknown as ReleaseContext

  it('once a release has switched', async () => {
    const on = vi.fn()
    await reportTraffic({ measured: on }, context({}))
    expect(on.mock.calls).toEqual([[measured()]])
  })

  it('and not before', async () => {
    const on = vi.fn()
    await reportTraffic({ measured: on }, context({ slot: undefined }))
    await reportTraffic({ measured: on }, context({ samples: [] }))
    expect(on).not.toHaveBeenCalled()
  })
})
