import { commandLine, CutoverError, type HostView, MissingError } from '../../../runner/index.ts'
import { type App, containerOf, environmentFile, exportsFile, fileList, timeouts } from '../../app/index.ts'
import type { ResolvedRelease } from '../context.ts'

/**
 * The timeouts that the route file contains; none if all are the defaults, so that the digests of hosts that were set
 * up before these settings existed stay the same.
 */
function routeTimeouts({ timeouts: { connect, response, keep_alive } }: App): number[] {
  const [values, defaults] = [[connect, response, keep_alive], timeouts.parse({})]
  return values.join() === [defaults.connect, defaults.response, defaults.keep_alive].join() ? [] : values
}

/** What the app's container is made of beside its image, likewise: nothing if nothing of it is set. */
function containerParts({ files, ...app }: App): Record<string, unknown>[] {
  const all = Object.entries({ ...containerOf(app), files }).filter(
    ([key, value]) => key !== 'memory' && value !== undefined,
  )
  return all.length > 0 ? [Object.fromEntries(all)] : []
}

/** What a slot is made of beside its image and its environment, by the names of the settings: plain data, no secrets. */
export const settingsOf = ({ files, ...app }: App): Record<string, unknown> => ({
  access: app.access,
  port: app.port,
  health: app.health,
  timeouts: app.timeouts,
  ...(app.proxy && { proxy: app.proxy }),
  ...containerOf(app),
  ...(files && { files }),
})

/**
 * A short digest (12 hexadecimal digits) of the app's settings, and of its environment and its files on this host.
 * @throws MissingError if the host has no environment files: the app was not set up
 */
export async function configOf(host: HostView, app: App): Promise<string> {
  const settings = JSON.stringify([
    app.access,
    app.port,
    app.memory ?? null,
    app.health,
    ...routeTimeouts(app),
    ...(app.proxy ? [app.proxy] : []),
    ...containerParts(app),
  ])
  const files = [environmentFile(app.name), ...(app.files ? [fileList(app.name)] : [])]
  const { stdout } = await host.$({
    input: settings,
  })`[ ! -f ${environmentFile(app.name)} ] || { cat - ${files}; if [ -f ${exportsFile(app.name)} ]; then cat ${exportsFile(app.name)}; fi; } | sha256sum | cut -c1-12`
  if (stdout.trim() === '')
    throw new MissingError(`${app.name} is not set up on ${host.name}`, {
      hint: `Run setup first: ${commandLine('setup')}`,
    })
  return stdout.trim()
}

/**
 * Checks, before a container is created, that settings and environment are still those that the release began with and
 * that the container's label will name.
 * @throws CutoverError if a setup changed them in the meantime
 */
export async function sameConfig(
  host: HostView,
  { app, wanted }: Pick<ResolvedRelease, 'app' | 'wanted'>,
): Promise<void> {
  if ((await configOf(host, app)) === wanted.config) return
  throw new CutoverError(`the settings of ${app.name} on ${host.name} were changed while it was released`, {
    hint: 'A setup ran meanwhile, most likely. What served serves on: deploy again.',
  })
}
