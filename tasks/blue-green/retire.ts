import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host } from '../../runner/index.ts'
import { type App, containerName, other, type Slot } from '../app/index.ts'
import { paths } from '../paths.ts'
import { routeFile, throttle } from '../proxy/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { routeOfSlot } from './slot-route.ts'
import type { AppState } from './state.ts'

/** Takes a slot's container away. @throws CutoverError if the live route names it: what serves is never removed. */
export async function removeUnrouted(host: Host, app: App, slot: Slot): Promise<void> {
  const name = containerName(app.name, slot)
  const { live, slots: there } = await observe(host, app.name)
  if (live === slot && there[slot]?.running) throw new CutoverError(`${name} serves: it is not removed`)
  if (there[slot]) await host.$`docker rm -f ${name}`
}

/**
 * A slot finishes what it has begun, and stops. First Docker is told not to restart it, which shows that it is leaving:
 * a run that comes meanwhile must not take it for one that stays.
 */
export async function stopSlot(host: Host, app: App, slot: Slot): Promise<void> {
  const name = containerName(app.name, slot)
  await host.$`docker update --restart no ${name} >/dev/null`
  await host.$`docker stop --time ${String(Math.ceil(app.drain))} ${name}`
}

/** A slot that no route names any more: requests may still be on their way to it until Traefik has read the file. */
export async function stopUnrouted(host: Host, app: App, slot: Slot): Promise<void> {
  await sleep(throttle + 1_000)
  if ((await observe(host, app.name)).slots[slot]) await stopSlot(host, app, slot)
}

/** Whether a slot serves and there is no other to go back to: a release that was cut off after its switch has one. */
export function isSoleLiveSlot({ live, slots: there }: AppState, slot: Slot): boolean {
  const old = there[other(slot)]
  return live === slot && (!old?.running || old.stopping)
}

/**
 * A release that failed is taken back, whichever run had switched to it: where the old slot still runs, it gets its
 * route again; then the new one goes. What serves with nothing to go back to stays.
 */
export async function revertSlot(host: Host, context: ReleaseContext, slot: Slot): Promise<void> {
  const { app, assertLockHeld } = context
  assertLockHeld()
  const seen = await observe(host, app.name)
  if (isSoleLiveSlot(seen, slot)) return
  if (seen.live === slot) {
    await host.write(routeFile(app.name), await routeOfSlot(host, app.name, seen, other(slot)), {
      staging: paths.staging,
    })
    await stopUnrouted(host, app, slot)
  }
  await removeUnrouted(host, app, slot)
}
