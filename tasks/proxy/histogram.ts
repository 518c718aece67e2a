/**
 * How long requests took: how many of them no longer than each bound, in seconds as Traefik writes it ('0.005', '+Inf').
 */
export type Histogram = Readonly<Record<string, number>>

/** A part of a decade has ten bounds, of which none is more than a third above the one before. */
const steps = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8]

/** The bounds that Traefik is to count by, in seconds: from 1 ms to a minute. Its own begin at 0.1 s. */
export const bounds: readonly number[] = [0.001, 0.01, 0.1, 1, 10].flatMap((decade) =>
  steps.map((step) => Number((step * decade).toPrecision(3))).filter((bound) => bound <= 60),
)

const secondsOf = (bound: string): number => (bound === '+Inf' ? Infinity : Number(bound))

/** What came since. Less than nothing means that Traefik was started again: then all that it has counted. */
export function sinceThen(before: Histogram, now: Histogram): Histogram {
  const entries = Object.entries(now).map(([bound, count]) => [bound, count - (before[bound] ?? 0)] as const)
  return entries.some(([, count]) => count < 0) ? now : Object.fromEntries(entries)
}

/** Several as one: of several hosts, or of times that follow one another. */
export function together(histograms: readonly Histogram[]): Histogram {
  const sum: Record<string, number> = {}
  for (const histogram of histograms)
    for (const [bound, count] of Object.entries(histogram)) sum[bound] = (sum[bound] ?? 0) + count
  return sum
}

/** How many requests it counts. */
export const countOf = (histogram: Histogram): number => histogram['+Inf'] ?? 0

/**
 * The time (ms) that a share of the requests did not exceed, on a straight line within its bucket. So it is wrong by less
 * than that bucket's width: a third of the time, or 1 ms.
 * @returns undefined: there were no requests, or the bucket is so wide that nothing is known. That is so on a host whose
 * Traefik still counts by its own bounds, and above the last bound.
 */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const buckets = Object.entries(histogram)
    .map(([bound, count]) => ({ bound: secondsOf(bound), count }))
    .sort((a, b) => a.bound - b.bound)
  const rank = share * countOf(histogram)
  const index = buckets.findIndex(({ count }) => count > 0 && count >= rank)
  const bucket = buckets[index]
  if (bucket === undefined) return undefined
  const below = buckets[index - 1] ?? { bound: 0, count: 0 }
  const width = bucket.bound - below.bound
  if (width > Math.max(0.001, below.bound * widest)) return undefined
  return 1000 * (below.bound + (width * (rank - below.count)) / (bucket.count - below.count))
}

/** No bucket of ours is wider, as a share of its lower bound; a third, with room for rounding. */
const widest = 0.34
