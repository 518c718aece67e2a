import { countOf, type Histogram, quantile } from '../proxy/index.ts'

/** Of fewer requests, the slowest twentieth says nothing. */
const enough = 20

/** The time (ms) that 95 % of the requests did not exceed; undefined where that is not known. */
export function p95Of(durations: Histogram): number | undefined {
  const time = countOf(durations) < enough ? undefined : quantile(durations, 0.95)
  return time === undefined ? undefined : Number(time.toPrecision(time < 100 ? 2 : 3))
}

/** A time (ms) for a person: 0.8 ms, 18 ms, 1.4 s. */
export const shownTime = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)
