import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host } from '../../../runner/index.ts'
import { type App, containerName, other, type Slot } from '../../app/index.ts'
import { paths } from '../../paths.ts'
import { routeFile, throttle } from '../../proxy/index.ts'
import type { ReleaseContext } from '../context.ts'
import { observe } from './observe.ts'
import { markArgv } from './restart-policy.ts'
import { routeOfSlot } from './slot-route.ts'
import type { AppState } from './state.ts'

/**
 * Removes a slot's container, if there is one.
 * @param seen what the host showed just now; default: it is looked at
 * @throws CutoverError if it runs and the live route names it
 */
export async function removeUnrouted(host: Host, app: App, slot: Slot, seen?: AppState): Promise<void> {
  const name = containerName(app.name, slot)
  const { live, slots: containers } = seen ?? (await observe(host, app.name))
  if (live === slot && containers[slot]?.running) throw new CutoverError(`${name} serves: it is not removed`)
  if (containers[slot]) await host.$`docker rm -f ${name}`
}

/**
 * Lets a slot finish its requests, and stops it. Before that its restart policy becomes `no`, which marks the slot as
 * stopping: another run that looks meanwhile must not take it for one that goes on running.
 */
export async function stopSlot(host: Host, app: Pick<App, 'name' | 'drain'>, slot: Slot): Promise<void> {
  const name = containerName(app.name, slot)
  const update = markArgv(app.name, slot, 'stopping')
  // Docker refuses this for a container that ends at that very moment: a second later it has ended, or runs again.
  await host.$`${update} >/dev/null || { sleep 1; ${update} >/dev/null; }`
  await host.$`docker stop --time ${String(Math.ceil(app.drain))} ${name}`
}

/** Stops a slot that no route names any more, once Traefik has surely read the route file and sends it no requests. */
export async function stopUnrouted(host: Host, app: Pick<App, 'name' | 'drain'>, slot: Slot): Promise<void> {
  await sleep(throttle + 1_000)
  if ((await observe(host, app.name)).slots[slot]) await stopSlot(host, app, slot)
}

/**
 * Whether a slot serves and there is no running slot to go back to (after an interrupted release there may be one). One
 * in standby is none: the release after it was good, and only a person decides to go back.
 */
export function isSoleLiveSlot({ live, slots: containers }: AppState, slot: Slot): boolean {
  const old = containers[other(slot)]
  return live === slot && (!old?.running || old.stopping || old.standby)
}

/**
 * Takes a failed release back, also where an earlier run had switched to it: if the old slot still runs, it gets its
 * route again; then the new slot is stopped and removed. If there is no running slot to go back to, nothing is changed.
 */
export async function revertSlot(host: Host, context: ReleaseContext, slot: Slot): Promise<void> {
  const { app, assertLockHeld } = context
  assertLockHeld()
  const state = await observe(host, app.name)
  if (isSoleLiveSlot(state, slot)) return
  if (state.live === slot) {
    await host.write(routeFile(app.name), await routeOfSlot(host, app.name, state, other(slot)), {
      staging: paths.staging,
    })
    await stopUnrouted(host, app, slot)
  }
  await removeUnrouted(host, app, slot)
}
