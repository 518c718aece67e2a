import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { pauseFile, pollerPaused, pollerResumed } from '../../../tasks/app/poller-pause.ts'
import { runAll } from './run.ts'

const now = new Date('2026-11-27T09:00:00.123Z')
const pause = (reason: string): ReturnType<typeof pollerPaused> =>
  pollerPaused('shop', { who: 'ada on laptop', reason }, now)
const line = 'since 2026-11-27T09:00:00Z by ada on laptop: the fair\n'

it('a pause says since when, who and why', async () => {
  const host = new ScriptedHost(() => '')
  expect(await runAll(host, [pause('the fair')])).toEqual({ 'pause the poller of shop': 'the fair' })
  expect(host.files.get(pauseFile('shop'))?.content).toBe(line)
})

it('is not made again for the same reason, and is for another', async () => {
  const host = new ScriptedHost(() => '', { files: { [pauseFile('shop')]: line } })
  expect(await pause('the fair').check(host.host)).toBeNull()
  expect(await pause('fair').check(host.host)).toMatchObject({ before: line, summary: 'fair' })
})

it('ends when the poller is resumed', async () => {
  const host = new ScriptedHost({ 'rm -f -- /opt/shop/poller.paused': '' }, { files: { [pauseFile('shop')]: line } })
  expect(await runAll(host, [pollerResumed('shop')])).toEqual({
    'resume the poller of shop': `it was paused ${line.trim()}`,
  })
  expect(await pollerResumed('shop').check(new ScriptedHost().host)).toBeNull()
})
