import type { Traffic, TrafficSample } from '../../events.ts'
import type { RunData } from './run-data.ts'

export type Measured = RunData['traffic'][number]

/** What one version answered in one stretch of time on all hosts together. */
export interface Share {
  requests: number
  failed: number
  p50: number | null
  p95: number | null
}

/** A stretch of time, with the share of each version in the order of the versions. `at`: its start, in s. */
export interface Bucket {
  at: number
  shares: Share[]
}

/** Widths of a stretch that a person can read off an axis, in s. */
const widths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]

/** More bars than this cannot be told apart on a narrow screen. */
const mostBuckets = 90

/** The time from which a host's samples are counted: its first mark, such as the switch. In ms since 1970. */
export const originOf = ({ marks, samples }: Traffic): number => marks[0]?.at ?? samples[0]?.at ?? 0

/**
 * The samples of all hosts in stretches of equal width. Time 0 is each host's first mark, so hosts that switched one
 * after the other are added up as if it had been at once.
 * @returns nothing if there are no samples
 */
export function bucketsOf(measured: readonly Measured[]): { width: number; buckets: Bucket[] } {
  const intervals = measured.flatMap(({ traffic }) => intervalsOf(traffic))
  if (intervals.length === 0) return { width: 1, buckets: [] }
  const start = Math.min(...intervals.map(({ from }) => from))
  const end = Math.max(...intervals.map(({ to }) => to))
  const width = widths.find((each) => (end - start) / each <= mostBuckets) ?? (end - start) / mostBuckets
  const first = Math.floor(start / width + 1e-6)
  const count = Math.max(1, Math.ceil(end / width - 1e-6) - first)
  const versions = Math.max(...measured.map(({ traffic }) => traffic.versions.length))
  const buckets = Array.from({ length: count }, (_, index): Bucket => ({
    at: (first + index) * width,
    shares: Array.from({ length: versions }, () => ({ requests: 0, failed: 0, p50: null, p95: null })),
  }))
  for (const interval of intervals) spread(interval, buckets, width)
  return { width, buckets }
}

/** A sample with the time that it is about, in s from its host's origin. */
interface Interval {
  from: number
  to: number
  version: number
  sample: TrafficSample
}

function intervalsOf(traffic: Traffic): Interval[] {
  const origin = originOf(traffic)
  return traffic.versions.flatMap((name, version) => {
    const samples = traffic.samples.filter((sample) => sample.version === name)
    return samples.map((sample) => ({
      from: (sample.at - sample.ms - origin) / 1000,
      to: (sample.at - origin) / 1000,
      version,
      sample,
    }))
  })
}

/** Adds an interval to the buckets that it overlaps, to each by its part of the time. */
function spread({ from, to, version, sample }: Interval, buckets: readonly Bucket[], width: number): void {
  const length = Math.max(to - from, 1e-3)
  for (const { at, shares } of buckets) {
    const part = (Math.min(to, at + width) - Math.max(from, at)) / length
    const share = shares[version]
    if (!share || part <= 1e-6) continue
    share.requests += sample.requests * part
    share.failed += sample.failed * part
    share.p50 = slower(share.p50, sample.p50)
    share.p95 = slower(share.p95, sample.p95)
  }
}

/** Of two hosts, or of two samples, the slower one is shown: a mean would hide it. */
const slower = (one: number | null, other: number | undefined): number | null =>
  other === undefined ? one : Math.max(one ?? 0, other)
