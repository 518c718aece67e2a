import { type Change, type HostView, type Task, task } from '../../../runner/index.ts'
import { containerName, type Slot, slotPlace, slots } from '../../app/index.ts'
import { allOurs, inspectContainers } from '../../docker/index.ts'
import { slotNetwork } from '../../paths.ts'

/** The slots of an app whose containers an older Cutover made, without an address on the app's own network. */
async function outside(host: HostView, app: string): Promise<Slot[]> {
  const containers = await inspectContainers(
    host,
    slots.map((slot) => containerName(app, slot)),
  )
  allOurs(containers)
  return slots.filter((slot) =>
    containers.some(
      ({ Name, NetworkSettings: { Networks } }) =>
        Name === `/${containerName(app, slot)}` && Networks[slotNetwork(app)] === undefined,
    ),
  )
}

/**
 * The slots that an older Cutover made are on their app's own network too, at their fixed addresses, beside the network
 * on which they are already: a Traefik on the host's network can reach them, and the one of before still does.
 */
export function slotsJoined(app: string): Task {
  return task<Change & { outside: Slot[] }>({
    name: `addresses of ${app}`,
    check: async (host) => {
      const found = await outside(host, app)
      return found.length === 0
        ? null
        : { summary: `join ${found.map((slot) => containerName(app, slot)).join(', ')}`, outside: found }
    },
    apply: async (host, change) => {
      for (const slot of change.outside) {
        const { address } = await slotPlace(host, app, slot)
        await host.$`${['docker', 'network', 'connect', '--ip', address, slotNetwork(app), containerName(app, slot)]}`
      }
    },
  })
}
