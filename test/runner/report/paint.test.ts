import { expect, it } from 'vitest'
import { painter, seconds } from '../../../runner/report/paint.ts'

it.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: 'false' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
])('with %j, on a terminal: %s, there are colours: %s', (env, tty, coloured) => {
  expect(painter(env, tty)('red', 'x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x')
})

it.each([
  ['green', '\u001b[32mx\u001b[39m'],
  ['yellow', '\u001b[33mx\u001b[39m'],
  ['cyan', '\u001b[36mx\u001b[39m'],
  ['dim', '\u001b[2mx\u001b[22m'],
  ['bold', '\u001b[1mx\u001b[22m'],
] as const)('a text that is %s', (colour, text) => {
  expect(painter({}, true)(colour, 'x')).toBe(text)
})

it.each([
  [0, '0.0 s'],
  [-0.4, '0.0 s'],
  [-90_000, '0.0 s'],
  [349, '0.3 s'],
  [99_900, '99.9 s'],
  [100_000, '1 min 40 s'],
  [119_600, '2 min 00 s'],
  [125_000, '2 min 05 s'],
])('%i ms is %s', (ms, text) => {
  expect(seconds(ms)).toBe(text)
})
