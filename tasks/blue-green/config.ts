import { CutoverError, type HostView } from '../../runner/index.ts'
import { type App, environmentFile, exportsFile, timeouts } from '../app/index.ts'
import type { ResolvedRelease } from './context.ts'

/** The timeouts that a route is made of, where they are not the defaults: hosts that are set up keep their digests. */
function routeTimeouts({ timeouts: { connect, response, keep_alive } }: App): number[] {
  const [own, usual] = [[connect, response, keep_alive], timeouts.parse({})]
  return own.join() === [usual.connect, usual.response, usual.keep_alive].join() ? [] : own
}

/** The digest of the app's settings and environment files on this host. @throws CutoverError if there are none */
export async function configOf(host: HostView, app: App): Promise<string> {
  const settings = JSON.stringify([app.access, app.port, app.memory ?? null, app.health, ...routeTimeouts(app)])
  const { stdout } = await host.$({
    input: settings,
  })`[ ! -f ${environmentFile(app.name)} ] || { cat - ${environmentFile(app.name)}; if [ -f ${exportsFile(app.name)} ]; then cat ${exportsFile(app.name)}; fi; } | sha256sum | cut -c1-12`
  if (stdout.trim() === '')
    throw new CutoverError(`${app.name} is not set up on ${host.name}`, {
      hint: 'Run setup first: npx tsx playbooks/setup.ts',
    })
  return stdout.trim()
}

/** What a container is made with is what its release began with, and what its label says. @throws CutoverError if a setup changed it meanwhile */
export async function sameConfig(
  host: HostView,
  { app, wanted }: Pick<ResolvedRelease, 'app' | 'wanted'>,
): Promise<void> {
  if ((await configOf(host, app)) === wanted.config) return
  throw new CutoverError(`the settings of ${app.name} on ${host.name} were changed while it was released`, {
    hint: 'A setup ran meanwhile, most likely. What served serves on: deploy again.',
  })
}
