import type { OnHost, Traffic } from '../../runner/index.ts'
import { other, type Slot } from '../app/index.ts'
import type { ReleaseContext } from './context.ts'

/**
 * What users asked of an app while one slot took the place of the other, for the report.
 * @param to the tag that went live, or was taken back
 * @returns null if this run switched nothing, or nothing was measured
 */
export function trafficOf({ app, cutOver }: Pick<ReleaseContext, 'app' | 'cutOver'>, to: string): Traffic | null {
  const { from = null, slot, samples = [], times = {} } = cutOver
  const { switched, drainBegan } = times
  if (slot === undefined || switched === undefined || samples.length === 0) return null
  const old = other(slot)
  const nameOf = (each: Slot): string => `${each === slot ? to : (from ?? 'before')} (${each})`
  const shown = samples.filter((sample) => sample.slot === slot || from !== null || sample.requests > 0)
  const before = shown.some((sample) => sample.slot === old) ? [nameOf(old)] : []
  return {
    subject: app.name,
    versions: [...before, nameOf(slot)],
    samples: shown.map(({ slot: answered, ...sample }) => ({ ...sample, version: nameOf(answered) })),
    marks: [{ at: switched, what: 'switch' }, ...(drainBegan === undefined ? [] : [{ at: drainBegan, what: 'drain' }])],
  }
}

/** Reports it, also for a release that was taken back. */
export async function reportTraffic(on: Pick<OnHost<unknown>, 'measured'>, context: ReleaseContext): Promise<void> {
  if (context.cutOver.slot === undefined) return
  const traffic = trafficOf(context, (await context.resolve()).wanted.tag)
  if (traffic) on.measured(traffic)
}
