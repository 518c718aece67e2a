import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { appsOf, chooseApp, hostPattern, settings, topLevel } from '../tasks/app/index.ts'
import { release, rollbackTarget, tagNamed } from '../tasks/blue-green/index.ts'

const rollback = playbook(
  'Roll back',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Goes back to a tag or, without one, to each host’s last good release. The database is left as it is.',
    positionals: 'TAG',
    options: { app: { type: 'string', short: 'a', help: 'the app, where the inventory has several' } },
  },
  async (play) => {
    const [tag, ...rest] = play.positionals
    if (rest.length > 0)
      throw new UsageError(`one tag at the most, not ${play.positionals.length}: ${play.positionals.join(' ')}`)
    if (tag !== undefined) tagNamed(tag)
    const name = chooseApp(play.inventory, play.options.app)
    await play.on(hostPattern(play.inventory, name, play.hosts('all')), async (on) => {
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
