import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { chooseApp, chosenHosts, placesOf, settings, topLevel } from '../tasks/app/index.ts'
import {
  type CutOver,
  detachOption,
  cutOverSummary,
  forceOption,
  release,
  retryBadOption,
  rollbackTarget,
  tagNamed,
} from '../tasks/blue-green/index.ts'

const rollback = playbook(
  'Roll back',
  {
    settings,
    topLevelKeys: topLevel,
    connectsTo: chosenHosts,
    help: [
      'Goes back to a tag or, without one, to each host’s last good release. The database is left as it is.',
      'No freeze holds it back.',
    ].join('\n'),
    positionals: 'TAG',
    options: {
      app: { type: 'string', short: 'a', placeholder: 'NAME', help: 'the app, where the inventory has several' },
      force: forceOption,
      'retry-bad': retryBadOption,
      detach: detachOption,
    },
  },
  async ({ inventory, options, positionals, hosts, path, on: onHosts, say, signal }) => {
    const [tag, ...rest] = positionals
    if (rest.length > 0) throw new UsageError(`one tag at most, not ${positionals.length}: ${positionals.join(' ')}`)
    if (tag !== undefined) tagNamed(tag)
    const name = chooseApp(inventory, options.app)
    const places = placesOf(inventory, name, hosts(), path)
    const cuts: CutOver[] = []
    await onHosts(places.hosts, async (on) => {
      const app = places.appOn(on.host)
      const cut = await release(on, {
        app,
        title: tag ?? 'to the last good release',
        target: (host) => rollbackTarget(host, app, tag, { force: options.force, tell: on.say }),
        kind: 'rollback',
        signal,
        retryBad: options['retry-bad'],
        detach: options.detach,
      })
      if (cut) cuts.push(cut)
    })
    const done = cutOverSummary(cuts, { app: name, kind: 'rollback', named: options.app !== undefined })
    if (done !== null) say(done)
  },
)
export default rollback
await runIfMain(import.meta, rollback)
