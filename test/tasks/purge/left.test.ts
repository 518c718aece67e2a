import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { appsThatLeft, appsThere } from '../../../tasks/purge/left.ts'

const host = new ScriptedHost(() => 'app shop\napp old\npoller shop\npoller old\npoller ghost\nroute old\n')

it('the apps of a host are known by their commands, pollers and routes', async () => {
  expect([...(await appsThere(host.host))]).toEqual([
    ['shop', ['app', 'poller']],
    ['old', ['app', 'poller', 'route']],
    ['ghost', ['poller']],
  ])
})

it('those that the inventory does not have are told, with what removes them', async () => {
  const notes: string[] = []
  expect(await appsThatLeft(['shop'], (note) => notes.push(note)).check(host.host)).toBeNull()
  expect(notes).toEqual([
    expect.stringMatching(
      /^scripted: old is not in the inventory any more, and still there \(app, poller, route\)\. .*purge.* old --limit scripted$/,
    ),
    expect.stringContaining('ghost is not in the inventory any more, and still there (poller)'),
  ])
})
