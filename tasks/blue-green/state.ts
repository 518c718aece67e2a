import { containerName, migrationName, other, type Slot, slots } from '../app/index.ts'
import type { Container } from '../docker/index.ts'
import { parseRoute } from '../proxy/index.ts'

/** A release: what is to serve. */
export interface Wanted {
  tag: string
  /** What the registry has for the tag: sha256:… */
  digest: string
  /** A short digest of the app's settings and environment: another one is another release of the same image. */
  config: string
}

/** A slot's container, as Docker's labels and state describe it. */
export interface SlotState extends Wanted {
  /** Docker's image id: the same for two digests whose image for this platform is the same. */
  image: string
  /** The route file that it is served by, as it was made; '' for a slot of an older Cutover. */
  route: string
  /** What answers that come from it carry as the header X-Cutover. */
  releaseHeader: string
  running: boolean
  /** It was told to end, and may still be at it: Docker is not to restart it any more. */
  stopping: boolean
  health: 'healthy' | 'starting' | 'unhealthy' | 'none'
  restarts: number
  exitCode: number
  /** On the public network. */
  address: string
  startedAt: string
}

/** What is seen on a host of one app: nothing here is remembered. */
export interface AppState {
  /** The slot that the live route file names. */
  live: Slot | null
  /** The live route file, as it is; null if there is none. */
  route: string | null
  slots: Record<Slot, SlotState | null>
  /** The one-off container of the last migration. */
  migration: { digest: string; config: string; running: boolean; exitCode: number } | null
}

/** Where a release goes: its slot, and whether it is there already. */
export interface SlotPlan {
  slot: Slot
  /** The slot that serves and is to be drained; null where nothing served. */
  old: Slot | null
}

/** Whether a slot's container is the wanted release, and here to stay. */
export const isWanted = (seen: SlotState | null, wanted: Wanted): seen is SlotState =>
  seen !== null && !seen.stopping && seen.digest === wanted.digest && seen.config === wanted.config

/**
 * Where a wanted release goes. If the live slot is it, and runs, it stays: what is left to do of a run that was cut off
 * is done. Else the other slot takes it; the live one is never touched before the switch.
 */
export function planSlot(seen: AppState, wanted: Wanted): SlotPlan {
  const { live } = seen
  if (live === null) {
    const slot = slots.find((each) => isWanted(seen.slots[each], wanted)) ?? 'blue'
    return { slot, old: null }
  }
  if (isWanted(seen.slots[live], wanted) && seen.slots[live].running)
    return { slot: live, old: seen.slots[other(live)] ? other(live) : null }
  return { slot: other(live), old: live }
}

/** What containers and a route file say of an app. */
export function toAppState(
  app: string,
  network: string,
  containers: readonly Container[],
  route: string | null,
): AppState {
  const named = (name: string): Container | undefined => containers.find((each) => each.Name === `/${name}`)
  const migration = named(migrationName(app))
  return {
    live: parseRoute(app, route),
    route,
    slots: {
      blue: toSlotState(named(containerName(app, 'blue')), network),
      green: toSlotState(named(containerName(app, 'green')), network),
    },
    migration: migration
      ? {
          digest: migration.Config.Labels?.['cutover.digest'] ?? '',
          config: migration.Config.Labels?.['cutover.config'] ?? '',
          running: migration.State.Running,
          exitCode: migration.State.ExitCode,
        }
      : null,
  }
}

function toSlotState(container: Container | undefined, network: string): SlotState | null {
  if (!container) return null
  const labels = container.Config.Labels ?? {}
  return {
    tag: labels['cutover.tag'] ?? '',
    digest: labels['cutover.digest'] ?? '',
    config: labels['cutover.config'] ?? '',
    image: container.Image,
    route: labels['cutover.route'] ?? '',
    releaseHeader: labels['cutover.mark'] ?? formerMark(labels),
    running: container.State.Running,
    stopping: container.HostConfig.RestartPolicy.Name === 'no',
    health: (container.State.Health?.Status as SlotState['health'] | undefined) ?? 'none',
    restarts: container.RestartCount,
    exitCode: container.State.ExitCode,
    address: container.NetworkSettings.Networks[network]?.IPAddress ?? '',
    startedAt: container.State.StartedAt,
  }
}

/** What the routes of an older Cutover gave as a mark. */
const formerMark = (labels: Record<string, string>): string =>
  `${labels['cutover.slot']} ${labels['cutover.tag']} ${labels['cutover.digest']?.slice(7, 19)}`
