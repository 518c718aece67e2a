import { type Host, type Task, task } from '../../../runner/index.ts'
import {
  type App,
  backendNetwork,
  containerName,
  containerOptions,
  databaseHostOptions,
  exportsFile,
  type Slot,
  slotPlace,
  type SlotPlace,
} from '../../app/index.ts'
import { routeFor } from '../../proxy/index.ts'
import type { ReleaseContext, ResolvedRelease } from '../context.ts'
import { sameConfig } from '../slots/config.ts'
import { observe } from '../slots/observe.ts'
import { observePlan, type SlotChange } from '../slots/planned.ts'
import { removeUnrouted, revertSlot, stopSlot } from '../slots/retire.ts'
import { markArgv } from '../slots/restart-policy.ts'
import { createArgv } from '../slots/slot-container.ts'
import { isWanted, type SlotState } from '../slots/state.ts'

/** The new slot runs beside the old one, and no route names it yet. */
export function start(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'start',
    check: async (host) => {
      const { state, plan, wanted } = await observePlan(host, context)
      const slot = state.slots[plan.slot]
      // A slot that an older Cutover made has no label with its route: if it does not serve yet, it is made anew.
      return isWanted(slot, wanted) && slot.running && (slot.route !== '' || state.live === plan.slot)
        ? null
        : { summary: `${containerName(app.name, plan.slot)} ${wanted.tag}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const release = await context.resolve()
      let state = await context.seen.state(host)
      // A run that was interrupted after its switch may have left a slot running that still answers requests.
      if (state.live !== slot && state.slots[slot]?.running) {
        await stopSlot(host, app, slot)
        state = await observe(host, app.name)
      }
      await sameConfig(host, release)
      const [place, databaseHosts] = await Promise.all([
        slotPlace(host, app.name, slot),
        app.backend ? databaseHostOptions(host, app.name) : [],
      ])
      const former = state.slots[slot]
      if (former && isAsNew(former, release, { slot, place, databaseHosts }) && (await startedAgain(host, app, slot)))
        return
      await removeUnrouted(host, app, slot, state)
      const more = [...databaseHosts, ...(await containerOptions(host, app))]
      await createAndStart(host, app, slot, createArgv(release, slot, place, more))
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

interface Where {
  slot: Slot
  place: SlotPlace
  /** The options by which it finds its database. */
  databaseHosts: readonly string[]
}

/**
 * Whether a slot that was stopped is what would be made now: the same release, at the same place, with the same route.
 * One that was never started may be the work of a run that was cut before it was on all its networks.
 */
const isAsNew = (former: SlotState, { app, wanted }: ResolvedRelease, { slot, place, databaseHosts }: Where): boolean =>
  !former.running &&
  Date.parse(former.startedAt) > 0 &&
  former.digest === wanted.digest &&
  former.config === wanted.config &&
  former.tag === wanted.tag &&
  former.stopTimeout === Math.ceil(app.drain) &&
  former.route === routeFor(app, slot, former.releaseHeader, place.address) &&
  databaseHosts.every((word) => word === '--add-host' || former.hosts.includes(word))

/** Starts a slot's container once more, as after a reboot. @returns false if Docker cannot: then it is made anew */
async function startedAgain(host: Host, app: App, slot: Slot): Promise<boolean> {
  const name = containerName(app.name, slot)
  const { exitCode } = await host.$({
    nothrow: true,
  })`${markArgv(app.name, slot, 'serving')} >/dev/null && ${['docker', 'start', name]} >/dev/null`
  return exitCode === 0
}

/** Makes a slot's container and starts it, in one trip to the host. */
async function createAndStart(host: Host, app: App, slot: Slot, create: readonly string[]): Promise<void> {
  const name = containerName(app.name, slot)
  const connect = app.backend ? ['docker', 'network', 'connect', backendNetwork(app.name), name] : [':']
  const exports = exportsFile(app.name)
  await host.$`if [ -f ${exports} ]; then . ${exports}; fi; ${create} && ${connect} && ${['docker', 'start', name]}`
}
