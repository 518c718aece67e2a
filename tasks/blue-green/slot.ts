import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host, type HostView } from '../../runner/index.ts'
import { inspect, logOptions } from '../docker.ts'
import { allOurs } from '../ours.ts'
import { type App, paths, publicNetwork } from '../settings.ts'
import type { ReleaseContext } from './context.ts'
import { newMark, routeFile, routeFor, routeOfSlot } from './route.ts'
import { containerName, migrationName, other, type Seen, type Slot, slots, toSeen } from './state.ts'
import { throttle } from './traefik-api.ts'

export const environmentFile = (app: string): string => `${paths.app(app)}/app.env`
/** What `app.env` can't carry, as exports that are sourced before Docker is started. Hosts set up long ago have none. */
export const exportsFile = (app: string): string => `${environmentFile(app)}.sh`

/** Runs a docker command whose `--env-file` names variables that stand in the other file. */
export async function dockerWithEnvironment(host: Host, app: string, argv: readonly string[]): Promise<void> {
  await host.$`if [ -f ${exportsFile(app)} ]; then . ${exportsFile(app)}; fi; ${argv}`
}

/** The image by its digest: a tag may move meanwhile. */
export const reference = ({ app, wanted }: ReleaseContext): string => `${app.image}@${wanted.digest}`

/** What is there now. @throws UnsafeError if a container of these names is somebody else's */
export async function observe(host: HostView, app: string): Promise<Seen> {
  const names = [...slots.map((slot) => containerName(app, slot)), migrationName(app)]
  const [containers, route] = await Promise.all([inspect(host, names), host.read(routeFile(app))])
  allOurs(containers)
  return toSeen(app, publicNetwork, containers, route)
}

/** `docker create` for a slot: its labels say all that is to be known of it, the route that it is to be served by too. @param more further options */
export function createArgv(
  context: ReleaseContext,
  slot: Slot,
  more: readonly string[] = [],
  mark = newMark(),
): string[] {
  const { app, wanted } = context
  const labels = {
    app: app.name,
    slot,
    tag: wanted.tag,
    digest: wanted.digest,
    config: wanted.config,
    mark,
    route: routeFor(app, slot, mark),
  }
  return [
    ...[
      'docker',
      'create',
      '--name',
      containerName(app.name, slot),
      '--network',
      publicNetwork,
      '--restart',
      'unless-stopped',
    ],
    ...['--env-file', environmentFile(app.name), '--env', `CUTOVER_SLOT=${slot}`],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `cutover.${key}=${value}`]),
    ...[
      '--health-interval',
      `${app.health.interval}s`,
      '--health-timeout',
      '5s',
      '--health-retries',
      '3',
      '--health-start-period',
      `${Math.max(1, app.health.timeout)}s`,
    ],
    ...['--stop-timeout', String(Math.ceil(app.drain))],
    ...logOptions,
    ...more,
    ...(app.memory ? ['--memory', app.memory] : []),
    reference(context),
  ]
}

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
export async function leave(host: Host, app: App, slot: Slot): Promise<void> {
  const name = containerName(app.name, slot)
  await host.$`docker update --restart no ${name} >/dev/null`
  await host.$`docker stop --time ${String(Math.ceil(app.drain))} ${name}`
}

/** A slot that no route names any more: requests may still be on their way to it until Traefik has read the file. */
export async function leaveUnrouted(host: Host, app: App, slot: Slot): Promise<void> {
  await sleep(throttle + 1_000)
  if ((await observe(host, app.name)).slots[slot]) await leave(host, app, slot)
}

/** Whether a slot serves and there is no other to go back to: a release that was cut off after its switch has one. */
export function established({ live, slots: there }: Seen, slot: Slot): boolean {
  const old = there[other(slot)]
  return live === slot && (!old?.running || old.leaving)
}

/**
 * A release that failed is taken back, whichever run had switched to it: where the old slot still runs, it gets its
 * route again; then the new one goes. What serves with nothing to go back to stays.
 */
export async function withdraw(host: Host, context: ReleaseContext, slot: Slot): Promise<void> {
  const { app, held } = context
  held()
  const seen = await observe(host, app.name)
  if (established(seen, slot)) return
  if (seen.live === slot) {
    await host.write(routeFile(app.name), await routeOfSlot(host, app.name, seen, other(slot)), {
      staging: paths.staging,
    })
    await leaveUnrouted(host, app, slot)
  }
  await removeUnrouted(host, app, slot)
}
