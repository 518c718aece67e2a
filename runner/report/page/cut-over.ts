import { axesOf, count, latencyChart, placeOn, requestChart } from './charts.ts'
import { type Bucket, bucketsOf, type Measured, originOf } from './buckets.ts'
import { type Tick } from './ticks.ts'

interface VersionView {
  name: string
  /** Names of CSS classes, which are the same for each subject: `old`, `new`. */
  kind: 'old' | 'new'
  requests: string
  /** Its share of all requests, in percent. */
  share: string
  failed: string
  /** The slowest stretch of time: 95 % of the answers took at most so long. */
  p95: string
}

/** One app's cut-over, as the page shows it. */
export interface CutOverView {
  subject: string
  hosts: string
  summary: string
  versions: VersionView[]
  x: Tick[]
  marks: (Tick & { seconds: string; row: number })[]
  /** What time 0 is; empty without a mark. */
  origin: string
  requests: { bars: { kind: string; path: string }[]; failed: string; y: Tick[]; text: string }
  latency: { lines: { kind: string; p95: string; p50: string }[]; y: Tick[]; text: string } | null
  /** The figures of the charts as a table: for each stretch of time, those of each version. */
  table: { at: string; cells: string[] }[]
  byHost: { host: string; cells: string[] }[]
  width: string
}

/** The cut-overs of a run: one for each app of which there are samples, of all its hosts together. */
export const cutOversOf = (measured: readonly Measured[]): CutOverView[] =>
  [...new Set(measured.map(({ traffic }) => traffic.subject))].flatMap((subject) => {
    const ofSubject = measured.filter(({ traffic }) => traffic.subject === subject && traffic.samples.length > 0)
    return ofSubject.length > 0 ? [cutOverOf(subject, ofSubject)] : []
  })

function cutOverOf(subject: string, measured: readonly Measured[]): CutOverView {
  const { width, buckets } = bucketsOf(measured)
  const axes = axesOf(buckets, width)
  const versions = versionsOf(measured, buckets)
  const kinds = versions.map(({ kind }) => kind)
  const bars = requestChart(buckets, width)
  const lines = latencyChart(buckets)
  const marks = marksOf(measured).map(({ at, what }, index) => ({
    at: placeOn(axes, at),
    label: what,
    seconds: seconds(at),
    row: index % 2,
  }))
  const all = total(buckets.flatMap(({ shares }) => shares.map(({ requests }) => requests)))
  const failed = total(buckets.flatMap(({ shares }) => shares.map((share) => share.failed)))
  const told = versions.map(({ name, requests, share }) => `${requests} by ${name} (${share} %)`).join(', ')
  const at = marks.map(({ label, seconds: when }) => `${label} at ${when}`).join(', ')
  return {
    subject,
    hosts: measured.length === 1 ? (measured[0]?.host ?? '') : `${measured.length} hosts together`,
    summary: `${count(Math.round(failed))} of ${count(Math.round(all))} requests failed; ${told}.`,
    versions,
    x: axes.x,
    marks,
    origin: measured[0]?.traffic.marks[0]?.what ?? '',
    requests: {
      bars: bars.paths.map((path, version) => ({ kind: kinds[version] ?? 'new', path })),
      failed: bars.failed,
      y: bars.y,
      text: `Bars from ${seconds(axes.from)} to ${seconds(axes.to)}, up to ${count(bars.most)} requests a second: ${told}. ${at}`,
    },
    latency:
      lines.most > 0
        ? {
            lines: lines.paths.map((p95, version) => ({
              kind: kinds[version] ?? 'new',
              p95,
              p50: lines.halves[version] ?? '',
            })),
            y: lines.y,
            text: `Lines from ${seconds(axes.from)} to ${seconds(axes.to)}: ${versions
              .map(({ name, p95 }) => `95 % of the answers of ${name} took at most ${p95}`)
              .join('; ')}. ${at}`,
          }
        : null,
    table: buckets.map((bucket) => ({ at: seconds(bucket.at), cells: bucket.shares.flatMap(cellsOf) })),
    byHost:
      measured.length > 1
        ? measured.map((each) => ({
            host: each.host,
            cells: versionsOf([each], bucketsOf([each]).buckets).flatMap(({ requests, failed: bad, p95 }) => [
              requests,
              bad,
              p95,
            ]),
          }))
        : [],
    width: width === 1 ? 'each second' : `${count(width)} s each`,
  }
}

const cellsOf = ({ requests, failed, p50, p95 }: Bucket['shares'][number]): string[] => [
  count(requests),
  count(failed),
  inMs(p50),
  inMs(p95),
]

/** The versions by their place, not by their name: on two hosts, the same version may have different slots. */
function versionsOf(measured: readonly Measured[], buckets: readonly Bucket[]): VersionView[] {
  const all = total(buckets.flatMap(({ shares }) => shares.map(({ requests }) => requests)))
  const isLast = (version: number): boolean => version + 1 === buckets[0]?.shares.length
  return (buckets[0]?.shares ?? []).map((_, version): VersionView => {
    const names = new Set(measured.flatMap(({ traffic }) => traffic.versions.slice(version, version + 1)))
    const shares = buckets.flatMap(({ shares: each }) => each.slice(version, version + 1))
    const requests = total(shares.map((share) => share.requests))
    const slowest = Math.max(-1, ...shares.map(({ p95 }) => p95 ?? -1))
    return {
      name: [...names].join(', '),
      kind: isLast(version) ? 'new' : 'old',
      requests: count(Math.round(requests)),
      share: String(all > 0 ? Math.round((requests / all) * 100) : 0),
      failed: count(Math.round(total(shares.map((share) => share.failed)))),
      p95: inMs(slowest < 0 ? null : slowest),
    }
  })
}

/** The marks in s from each host's first one; of several hosts, the middle one. */
function marksOf(measured: readonly Measured[]): { at: number; what: string }[] {
  const all = measured.flatMap(({ traffic }) =>
    traffic.marks.map(({ at, what }) => ({ at: (at - originOf(traffic)) / 1000, what })),
  )
  return [...new Set(all.map(({ what }) => what))]
    .map((what) => {
      const times = all.filter((each) => each.what === what).map(({ at }) => at)
      return { what, at: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0 }
    })
    .sort((a, b) => a.at - b.at)
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
const seconds = (at: number): string => `${at.toLocaleString('en-US', { maximumFractionDigits: 1 })} s`
const inMs = (value: number | null): string => (value === null ? '–' : `${count(value)} ms`)
