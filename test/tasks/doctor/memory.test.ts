import { expect, it } from 'vitest'
import { memory } from '../../../tasks/doctor/memory.ts'
import { known, lines, patient } from './patient.ts'

const meminfo = (available: number, swap = 0, free = swap): string =>
  `MemTotal:         997332 kB\nMemAvailable:   ${available} kB\nSwapTotal:       ${swap} kB\nSwapFree:        ${free} kB\n`

it.each([
  [meminfo(612_000), 'ok: 627 MB of 1.0 GB available, no swap'],
  [meminfo(150_000, 524_284, 300_000), 'ok: 154 MB of 1.0 GB available, 307 MB of 537 MB swap free'],
  [
    meminfo(150_000),
    'warning: 154 MB of 1.0 GB available, no swap | In a release the new slot runs beside the old one. See what takes the memory (ps aux --sort=-rss | head), or add swap.',
  ],
  [
    meminfo(100_000, 102_396, 1_000),
    'warning: 102 MB of 1.0 GB available, 1 MB of 105 MB swap free | In a release the new slot runs beside the old one. See what takes the memory (ps aux --sort=-rss | head), or add swap.',
  ],
])('%s', (shown, line) => expect(lines(memory.find(shown, { ...patient(), ...known }))).toEqual([line]))
