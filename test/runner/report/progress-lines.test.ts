import { expect, it } from 'vitest'
import { ProgressLines } from '../../../runner/report/progress-lines.ts'

/** The progress of a step of `web-1` that is worth a line: each text is said so many seconds after its beginning. */
function worth(...said: readonly (readonly [number, string])[]): string[] {
  let now = 0
  const lines = new ProgressLines(() => now)
  lines.start('web-1')
  return said.flatMap(([at, text]) => {
    now = at * 1000
    return lines.isWorthALine({ host: 'web-1', text }) ? [`${at} ${text}`] : []
  })
}

it('a short step has no line', () => {
  expect(worth([0, 'a'], [2.9, 'b'])).toEqual([])
})

it('a long step has one, and one more each minute while only its numbers change', () => {
  expect(worth([3, '1 of 200'], [4, '2 of 200'], [62.9, '3.5 of 1,200'], [63, '61 of 200'], [64, '62 of 200'])).toEqual(
    ['3 1 of 200', '63 61 of 200'],
  )
})

it('other words are a line of their own, at most one in five seconds', () => {
  expect(worth([3, 'starting'], [4, 'answers 503'], [8, 'answers 503'], [9, 'answers 404'], [13, 'well'])).toEqual([
    '3 starting',
    '8 answers 503',
    '13 well',
  ])
})

it('each step of each host counts anew', () => {
  let now = 0
  const lines = new ProgressLines(() => now)
  const isShown = (host: string): boolean => lines.isWorthALine({ host, text: 'a' })
  lines.start('web-1')
  lines.start('web-2')
  now = 3_000
  expect([isShown('web-1'), isShown('web-1'), isShown('web-2')]).toEqual([true, false, true])
  lines.start('web-1')
  expect([isShown('web-1'), isShown('web-2')]).toEqual([false, false])
  now = 6_000
  expect([isShown('web-1'), isShown('web-2')]).toEqual([true, false])
})
