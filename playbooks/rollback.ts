import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { appsOf, chooseApp, hostsOf } from '../tasks/apps.ts'
import { release, rollbackTarget, tagNamed } from '../tasks/blue-green/index.ts'
import { settings, topLevel } from '../tasks/settings.ts'

const rollback = playbook(
  'Roll back',
  {
    settings,
    extra: topLevel,
    help: 'Goes back to a tag or, without one, to each host’s last good release. The database is left as it is.',
    positionals: 'TAG',
    options: { app: { type: 'string', short: 'a', help: 'the app, where the inventory has several' } },
  },
  async (play) => {
    const [tag, ...rest] = play.words
    if (rest.length > 0) throw new UsageError(`one tag at the most, not ${play.words.length}: ${play.words.join(' ')}`)
    if (tag !== undefined) tagNamed(tag)
    const name = chooseApp(play.inventory, play.options.app as string | undefined)
    await play.on(hostsOf(play.inventory, name, play.hosts('all')), async (on) => {
      const { app, settings: own } = appsOf(play.inventory, on.host).find((placed) => placed.name === name)!
      const target = on.listing
        ? { tag: tag ?? 'the last good release', digest: '' }
        : await rollbackTarget(on.view, app, tag)
      await release(on, { app, backend: own.database !== false, target, kind: 'rollback', signal: play.signal })
    })
  },
)
export default rollback
await runIfMain(import.meta, rollback)
