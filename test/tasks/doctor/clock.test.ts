import { describe, expect, it } from 'vitest'
import { clock, skewOf } from '../../../tasks/doctor/clock.ts'
import { known, lines, patient } from './patient.ts'

describe('the skew, as far as the round trip does not explain it', () => {
  // Asked at 1000, answered at 1500; the host took 300 of these.
  const [sent, received] = [1000, 1500]
  it.each([
    [1100, 1400, 0],
    [1000, 1300, 0],
    [1200, 1500, 0],
    [1300, 1600, 100],
    [900, 1200, -100],
    [61_100, 61_400, 59_900],
    [-58_900, -58_600, -59_900],
  ])('by its own clock it began at %i and ended at %i: %i', (began, ended, skew) =>
    expect(skewOf({ sent, received, began, ended })).toBe(skew),
  )
})

it.each([
  [0, 'ok: as that of this machine'],
  [-9_999, 'ok: as that of this machine'],
  [10_000, 'warning: the clock is 10 s ahead of this machine’s'],
  [-900_000, 'warning: the clock is 15 min behind this machine’s'],
  [3_600_000, 'error: the clock is 60 min ahead of this machine’s'],
  [-86_400_000 * 30, 'error: the clock is 720 h behind this machine’s'],
])('%i ms', (skew, line) =>
  expect(
    lines(clock.find('', { ...patient(), ...known, skew }))[0]
      ?.replace(/ \|.*/, '')
      .replace("'s", '’s'),
  ).toBe(line),
)
