import { playbook, runIfMain } from '../runner/index.ts'
import { appsOf, settings, topLevel } from '../tasks/app/index.ts'
import { printStatus } from '../tasks/blue-green/index.ts'

const status = playbook(
  'Status',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Each app on each host: release, slot, digest, health, since when, poller, disk.',
  },
  async (play) => printStatus(play, play.hosts(), (host) => appsOf(play.inventory, host).map(({ app }) => app)),
)
export default status
await runIfMain(import.meta, status)
