import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { formerUpkeep, upkeepSettings } from '../../../tasks/app/upkeep.ts'
import { appsThere, whatLeft } from '../../../tasks/purge/left.ts'

const host = new ScriptedHost(
  () => 'upkeep /etc/cron.d/cutover_build-cache\napp shop\napp old\npoller shop\npoller old\npoller ghost\nroute old\n',
)

it('the apps of a host are known by their commands, pollers and routes', async () => {
  expect([...(await appsThere(host.host))]).toEqual([
    ['shop', ['app', 'poller']],
    ['old', ['app', 'poller', 'route']],
    ['ghost', ['poller']],
  ])
})

it('those that the inventory does not have are told, as is its former upkeep, with what removes them', async () => {
  const notes: string[] = []
  const former = formerUpkeep(upkeepSettings.parse({ sysctl: { 'vm.swappiness': 10 }, upgrades: false }))
  expect(await whatLeft({ apps: ['shop'], former }, (note) => notes.push(note)).check(host.host)).toBeNull()
  expect(host.commands.at(-1)).toMatch(/ sh \/etc\/cron[.]d\/cutover_build-cache$/)
  expect(notes).toEqual([
    expect.stringMatching(
      /^scripted: old is not in the inventory any more, and still there \(app, poller, route\)\. .*purge.* old --limit scripted$/,
    ),
    expect.stringContaining('ghost is not in the inventory any more, and still there (poller)'),
    'scripted: /etc/cron.d/cutover_build-cache stays as an earlier setup left it, for the inventory has no upkeep.build_cache_days. If it is not wanted any more: sudo rm /etc/cron.d/cutover_build-cache',
  ])
})
