import { playbook, runIfMain } from '../runner/index.ts'
import { appsOf, postgresHost, settings, topLevel } from '../tasks/app/index.ts'
import { releaser, servedWhileUnlocked } from '../tasks/blue-green/index.ts'
import { keptRunning } from '../tasks/docker/index.ts'

const heal = playbook(
  'Heal',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Starts a proxy, a database or a live slot that does not run, and writes a damaged route again. Cron does it by itself.',
  },
  async (play) => {
    await play.on('all', async ({ run, host }) => {
      const apps = appsOf(play.inventory, host)
      const databases = apps
        .filter((each) => each.settings.database !== false)
        .map(({ name }) => keptRunning(postgresHost(name)))
      await run(
        keptRunning('traefik'),
        ...databases,
        ...apps.map(({ name }) => servedWhileUnlocked(name, { ...releaser(), why: 'heal' })),
      )
    })
  },
)
export default heal
await runIfMain(import.meta, heal)
