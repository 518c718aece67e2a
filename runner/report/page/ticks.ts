/** A point of an axis: where it is, in percent of the axis, and what is written there. */
export interface Tick {
  at: number
  label: string
}

/** A step of 1, 2 or 5 times a power of ten, of which at most `most` fit into a length. */
export function niceStep(length: number, most: number): number {
  const least = length / most
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999) ?? 10 * power
}

/** The ticks of an axis from `from` to `to`, which need not be round. */
export function ticks(from: number, to: number, label: (value: number) => string, most = 5): Tick[] {
  if (!(to > from)) return [{ at: 0, label: label(from) }]
  const step = niceStep(to - from, most)
  const first = Math.ceil(from / step - 1e-9)
  const count = Math.floor(to / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, index) => {
    const value = (first + index) * step
    // Sums of fractions have errors in their last digits: 0.1 + 0.2.
    return { at: percent((value - from) / (to - from)), label: label(Number(value.toPrecision(12))) }
  })
}

/** A share as a number for CSS: percent, with at most two decimals. */
export const percent = (share: number): number => Math.round(share * 10_000) / 100
