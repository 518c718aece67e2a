import type { Bucket, Share } from './buckets.ts'
import { niceStep, percent, type Tick, ticks } from './ticks.ts'

/** The size of a chart's drawing; the page stretches it to the width that there is. */
const chartSize = { width: 1000, height: 200 }

export interface Axes {
  /** From the first bucket's start to the last one's end, in s. */
  from: number
  to: number
  x: Tick[]
}

export interface Chart {
  /** For each version the path of what it answered well. */
  paths: string[]
  y: Tick[]
  /** The largest value, in the chart's unit. */
  most: number
}

export const axesOf = (buckets: readonly Bucket[], width: number): Axes => {
  const from = buckets[0]?.at ?? 0
  const to = (buckets.at(-1)?.at ?? 0) + width
  return { from, to, x: ticks(from, to, (value) => `${value} s`, 6) }
}

/** Requests a second as stacked bars: each version's good answers from below, and all that failed on top. */
export function requestChart(buckets: readonly Bucket[], width: number): Chart & { failed: string } {
  const total = ({ shares }: Bucket): number => shares.reduce((sum, { requests }) => sum + requests, 0) / width
  const { top, y, most } = scale(Math.max(0, ...buckets.map(total)), count)
  const paths = (buckets[0]?.shares ?? []).map(() => '')
  let failed = ''
  const barWidth = chartSize.width / Math.max(1, buckets.length)
  buckets.forEach(({ shares }, index) => {
    let below = 0
    const bar = (value: number): string => {
      const [height, y] = [(value / width / top) * chartSize.height, (below / width / top) * chartSize.height]
      below += value
      if (height <= 0) return ''
      return `M${round(index * barWidth)} ${round(chartSize.height - y)}v${round(-height)}h${round(barWidth * 0.9)}v${round(height)}z`
    }
    shares.forEach((share, version) => (paths[version] += bar(share.requests - share.failed)))
    failed += bar(shares.reduce((sum, share) => sum + share.failed, 0))
  })
  return { paths, failed, y, most }
}

/** How long answers took, as a line for each version; it has a gap where none was measured. */
export function latencyChart(buckets: readonly Bucket[]): Chart & { halves: string[] } {
  const all = buckets.flatMap(({ shares }) => shares.flatMap(({ p50, p95 }) => [p50 ?? 0, p95 ?? 0]))
  const { top, y, most } = scale(Math.max(0, ...all), (value) => `${count(value)} ms`)
  const line = (version: number, of: (share: Share) => number | null): string => {
    let drawing = false
    return buckets
      .map(({ shares }, index) => {
        const share = shares[version]
        const value = share ? of(share) : null
        const command = drawing ? 'L' : 'M'
        drawing = value !== null
        if (value === null) return ''
        const x = ((index + 0.5) / buckets.length) * chartSize.width
        return `${command}${round(x)} ${round(chartSize.height * (1 - value / top))}`
      })
      .join('')
  }
  const versions = (buckets[0]?.shares ?? []).map((_, version) => version)
  return {
    paths: versions.map((version) => line(version, ({ p95 }) => p95)),
    halves: versions.map((version) => line(version, ({ p50 }) => p50)),
    y,
    most,
  }
}

/** A scale from 0 to a round number that is not less than the largest value. */
function scale(most: number, label: (value: number) => string): { top: number; y: Tick[]; most: number } {
  const step = niceStep(Math.max(most, 1), 4)
  const top = Math.ceil(Math.max(most, 1) / step - 1e-9) * step
  return { top, y: ticks(0, top, label, 4), most }
}

/** A number for a person: 1,204; below ten with one decimal. */
export const count = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })

const round = (value: number): number => Math.round(value * 10) / 10

/** Where a time is on the axis, in percent. */
export const placeOn = ({ from, to }: Axes, at: number): number =>
  percent(Math.min(1, Math.max(0, (at - from) / (to - from || 1))))
