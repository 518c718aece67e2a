/** Sets the time zone and the message of the day: `npx tsx examples/time-zone.ts --zone Europe/Berlin`. */
import { type Change, playbook, runIfMain, type Task, task } from 'cutover'
import { file } from 'cutover/tasks'

/** The host has this time zone. */
export const timeZone = (zone: string): Task =>
  task<Change & { before: string }>({
    name: `time zone ${zone}`,
    // check looks and changes nothing. null means that there is nothing to change.
    check: async (host) => {
      const before = (await host.$`timedatectl show -P Timezone`).stdout.trim()
      return before === zone ? null : { summary: `${before} → ${zone}`, before }
    },
    // apply makes exactly the change that check found. It is then checked again.
    apply: async (host) => {
      await host.$`timedatectl set-timezone ${zone}`
    },
    undo: async (host, { before }) => {
      await host.$`timedatectl set-timezone ${before}`
    },
  })

const timeZonePlaybook = playbook(
  'Time zone',
  {
    help: 'Sets the time zone, and a message of the day.',
    options: {
      zone: { type: 'string', placeholder: 'ZONE', default: 'Etc/UTC', help: 'the time zone, such as Europe/Berlin' },
    },
  },
  async (play) => {
    await play.on(play.hosts(), async ({ transaction, host }) => {
      // If one of the two fails, what was done is undone.
      await transaction(
        timeZone(play.options.zone),
        file('/etc/motd', `${host.name}, time zone ${play.options.zone}\n`),
      )
    })
  },
)
export default timeZonePlaybook
await runIfMain(import.meta, timeZonePlaybook)
