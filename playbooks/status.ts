import { playbook, runIfMain } from '../runner/index.ts'
import { appsOf, settings, topLevel } from '../tasks/app/index.ts'
import { appStatus, outdatedNotes, table } from '../tasks/blue-green/index.ts'

const status = playbook(
  'Status',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Each app on each host: release, slot, digest, health, since when, poller, disk.',
  },
  async (play) => {
    const rows = new Map<string, string[]>()
    const outdated = new Map<string, string[]>()
    await play.on('all', async (on) => {
      for (const { name, app } of appsOf(play.inventory, on.host)) {
        const {
          release,
          slot,
          digest,
          health,
          since,
          poller,
          disk,
          last,
          outdated: older,
        } = await appStatus(on.view, app)
        if (older) outdated.set(name, [...(outdated.get(name) ?? []), on.host.name].sort())
        rows.set(`${on.host.name} ${name}`, [
          on.host.name,
          name,
          release,
          slot,
          digest,
          health,
          since,
          poller,
          disk,
          last,
        ])
      }
    })
    const order = [...rows.keys()].sort()
    for (const line of table([
      ['host', 'app', 'release', 'slot', 'digest', 'health', 'for', 'polled', 'disk', 'last'],
      ...order.map((key) => rows.get(key)!),
    ]))
      play.say(line)
    for (const line of outdatedNotes(outdated)) play.say(line)
  },
)
export default status
await runIfMain(import.meta, status)
