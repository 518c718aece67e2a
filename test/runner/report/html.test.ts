import { expect, it, vi } from 'vitest'
import { htmlReporter } from '../../../runner/report/html.ts'
import { sampleRun } from './sample-run.ts'

it('the page is written once, at the end', async () => {
  const pages: string[] = []
  const before = process.listenerCount('exit')
  const reporter = htmlReporter({ sink: (text) => pages.push(text), verbose: false })
  for (const event of sampleRun()) reporter.on(event)
  expect(pages).toEqual([])
  await reporter.end()
  expect(pages).toHaveLength(1)
  expect(pages[0]).toContain('<title>Deploy &amp; more: 2 of 4 hosts failed, ')
  expect(process.listenerCount('exit')).toBe(before)
})

it('it is also written when the program is ended in the middle', () => {
  const once = vi.spyOn(process, 'once').mockReturnValue(process)
  const pages: string[] = []
  const reporter = htmlReporter({ sink: (text) => pages.push(text), verbose: false })
  const [event, atExit] = once.mock.calls[0] ?? []
  for (const each of sampleRun().slice(0, 8)) reporter.on(each)
  ;(atExit as () => void)()
  expect(event).toBe('exit')
  expect(pages[0]).toContain('the run was cut off')
})
