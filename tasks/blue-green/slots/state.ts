import { restartPolicy } from './restart-policy.ts'
import { containerName, migrationName, other, type Slot, slots } from '../../app/index.ts'
import type { Container } from '../../docker/index.ts'
import { parseRoute } from '../../proxy/index.ts'

/** A release of an image with certain settings. */
export interface Wanted {
  tag: string
  /** The digest that the registry has for the tag: sha256:… Of an image that came from a Docker, its id. */
  digest: string
  /** The image came from the operator's Docker: no registry knows it. */
  from?: 'docker'
  /** A short digest of the app's settings and environment: the same image with other settings is another release. */
  config: string
}

/** A slot's container, as Docker's labels and state describe it. */
export interface SlotState extends Wanted {
  /** Docker's image id: the same for two digests whose image for this platform is the same. */
  image: string
  /** The route file that it is served with; '' for a slot that an older Cutover made. */
  route: string
  /** The settings that it was made with, as JSON; undefined for a slot that an older Cutover made. */
  settings?: string
  /** The X-Cutover header of its answers. */
  releaseHeader: string
  running: boolean
  /** It was told to stop, and may still be finishing its requests: Docker does not restart it any more. */
  stopping: boolean
  /** It has served, no route names it any more, and it stays up so that a rollback to it is quick. */
  standby: boolean
  health: 'healthy' | 'starting' | 'unhealthy' | 'none'
  restarts: number
  exitCode: number
  /** The kernel ended one of its processes: it is at its limit of memory, or the host is. */
  outOfMemory: boolean
  /** The IP address at which Traefik reaches it. */
  address: string
  startedAt: string
  /** Names of other hosts that it knows: `postgres:172.19.255.254`. */
  hosts: readonly string[]
  /** Seconds that Docker waits for it when it stops by itself, as at a reboot. */
  stopTimeout: number | null
}

/** What one app's containers and route file on a host show. */
export interface AppState {
  /** The slot that the live route file names. */
  live: Slot | null
  /** The text of the live route file; null if there is none. */
  route: string | null
  slots: Record<Slot, SlotState | null>
  /** The container of the last migration; null if there is none. */
  migration: MigrationState | null
}

/** The container of a migration, as Docker's labels and state describe it. */
export interface MigrationState {
  digest: string
  config: string
  running: boolean
  /** It has run and ended well, or it was not needed. */
  done: boolean
  /** The digest of `migrate.files`; undefined for an app that names none. */
  files?: string
}

/** Where a release goes. */
export interface SlotPlan {
  slot: Slot
  /** The other slot, which serves or has served and is to be drained; null if there is none. */
  old: Slot | null
}

/** Whether a slot's container is the wanted release, and was not told to stop. */
export const isWanted = (slot: SlotState | null, wanted: Wanted): slot is SlotState =>
  slot !== null && !slot.stopping && slot.digest === wanted.digest && slot.config === wanted.config

/** The container of the last migration, if it was for this release. */
export const migrationOf = ({ migration }: AppState, { digest, config }: Wanted): MigrationState | undefined =>
  migration?.digest === digest && migration.config === config ? migration : undefined

/**
 * Where a wanted release goes. If the live slot already runs it, it stays there, and the release only does what an
 * interrupted run has left to do. Else it goes to the other slot: the live one is never touched before the switch.
 */
export function planSlot(state: AppState, wanted: Wanted): SlotPlan {
  const { live } = state
  if (live === null) {
    const slot = slots.find((each) => isWanted(state.slots[each], wanted)) ?? 'blue'
    return { slot, old: null }
  }
  if (isWanted(state.slots[live], wanted) && state.slots[live].running)
    return { slot: live, old: state.slots[other(live)] ? other(live) : null }
  return { slot: other(live), old: live }
}

/**
 * The state of an app, from its containers and its route file.
 * @param networks those on which a slot may be reached: the address of the first one that it is on counts
 */
export function toAppState(
  app: string,
  networks: readonly string[],
  containers: readonly Container[],
  route: string | null,
): AppState {
  const named = (name: string): Container | undefined => containers.find((each) => each.Name === `/${name}`)
  const migration = named(migrationName(app))
  return {
    live: parseRoute(app, route),
    route,
    slots: {
      blue: toSlotState(named(containerName(app, 'blue')), networks),
      green: toSlotState(named(containerName(app, 'green')), networks),
    },
    migration: migration ? toMigrationState(migration) : null,
  }
}

function toMigrationState({ Config: { Labels: labels }, State: state }: Container): MigrationState {
  const files = labels?.['cutover.files']
  return {
    digest: labels?.['cutover.digest'] ?? '',
    config: labels?.['cutover.config'] ?? '',
    running: state.Running,
    // One that was made and not started yet has the exit code 0 too.
    done: labels?.['cutover.needed'] === 'no' || (state.Status === 'exited' && state.ExitCode === 0),
    ...(files !== undefined && { files }),
  }
}

function toSlotState(container: Container | undefined, networks: readonly string[]): SlotState | null {
  if (!container) return null
  const labels = container.Config.Labels ?? {}
  return {
    tag: labels['cutover.tag'] ?? '',
    digest: labels['cutover.digest'] ?? '',
    config: labels['cutover.config'] ?? '',
    ...(labels['cutover.from'] === 'docker' && { from: 'docker' }),
    image: container.Image,
    route: labels['cutover.route'] ?? '',
    ...(labels['cutover.settings'] !== undefined && { settings: labels['cutover.settings'] }),
    releaseHeader: labels['cutover.mark'] ?? formerMark(labels),
    running: container.State.Running,
    stopping: container.HostConfig.RestartPolicy.Name === restartPolicy.stopping,
    standby: container.HostConfig.RestartPolicy.Name === restartPolicy.standby,
    health: (container.State.Health?.Status as SlotState['health'] | undefined) ?? 'none',
    restarts: container.RestartCount,
    exitCode: container.State.ExitCode,
    outOfMemory: container.State.OOMKilled ?? false,
    address: networks.map((name) => container.NetworkSettings.Networks[name]?.IPAddress ?? '').find(Boolean) ?? '',
    startedAt: container.State.StartedAt,
    hosts: container.HostConfig.ExtraHosts ?? [],
    stopTimeout: container.Config.StopTimeout ?? null,
  }
}

/** The X-Cutover header that the routes of an older Cutover gave, which had no label for it. */
const formerMark = (labels: Record<string, string>): string =>
  `${labels['cutover.slot']} ${labels['cutover.tag']} ${labels['cutover.digest']?.slice(7, 19)}`
