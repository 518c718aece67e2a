import type { Host } from '../../../runner/index.ts'
import { containerName, environmentFile, exportsFile, type Slot, type SlotPlace } from '../../app/index.ts'
import { logOptions } from '../../docker/index.ts'
import { newReleaseHeader, routeFor } from '../../proxy/index.ts'
import type { ResolvedRelease } from '../context.ts'
import { settingsOf } from './config.ts'
import { restartPolicy } from './restart-policy.ts'

/** Runs a docker command whose `--env-file` names variables that stand in the other file. */
export async function dockerWithEnvironment(host: Host, app: string, argv: readonly string[]): Promise<void> {
  await host.$`if [ -f ${exportsFile(app)} ]; then . ${exportsFile(app)}; fi; ${argv}`
}

/** The image by its digest or its id, for its tag may move meanwhile. */
export const reference = ({ app, wanted }: Pick<ResolvedRelease, 'app' | 'wanted'>): string =>
  wanted.from === 'docker' ? wanted.digest : `${app.image}@${wanted.digest}`

/** How the tags of images begin that came from a Docker. */
export const broughtTag = 'cutover-'

/** The name on a host of an image that came from the operator's Docker. */
export const broughtName = ({ app, wanted }: Pick<ResolvedRelease, 'app' | 'wanted'>): string =>
  `${app.image}:${broughtTag}${wanted.digest.replace('sha256:', '').slice(0, 12)}`

/**
 * The `docker create` command for a slot at a place. Its answers carry the mark as their X-Cutover header. Its labels, with its route file among them, are all that later runs know
 * about it.
 * @param more further options
 */
export function createArgv(
  release: ResolvedRelease,
  slot: Slot,
  { network, address, mark = newReleaseHeader() }: SlotPlace & { mark?: string },
  more: readonly string[] = [],
): string[] {
  const { app, wanted } = release
  const labels = {
    app: app.name,
    slot,
    tag: wanted.tag,
    digest: wanted.digest,
    ...(wanted.from && { from: wanted.from }),
    config: wanted.config,
    settings: JSON.stringify(settingsOf(app)),
    mark,
    route: routeFor(app, slot, mark, address),
  }
  return [
    ...['docker', 'create', '--name', containerName(app.name, slot)],
    ...['--network', network, ...(address === '' ? [] : ['--ip', address]), '--restart', restartPolicy.serving],
    ...['--env-file', environmentFile(app.name), '--env', `CUTOVER_SLOT=${slot}`],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `cutover.${key}=${value}`]),
    ...['--health-interval', `${app.health.interval}s`, '--health-timeout', '5s', '--health-retries', '3'],
    ...['--health-start-period', `${Math.max(1, app.health.timeout)}s`],
    ...['--stop-timeout', String(Math.ceil(app.drain))],
    ...logOptions,
    ...more,
    ...(app.cpus ? ['--cpus', String(app.cpus)] : []),
    ...(app.memory ? ['--memory', app.memory] : []),
    reference(release),
    ...(app.command ?? []),
  ]
}
