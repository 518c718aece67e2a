import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView, type Task, task } from '../../../runner/index.ts'
import { type App, containerName, domainsOf, isHttps, pathOf, type Slot, stripsPath } from '../../app/index.ts'
import { lookThrough, router, throttle } from '../../proxy/index.ts'
import { curl } from '../../system/index.ts'
import type { ReleaseContext } from '../context.ts'
import { hostOf } from '../health/probe.ts'
import { refused } from '../refused.ts'
import { observePlan, type SlotChange } from '../slots/planned.ts'
import { revertSlot } from '../slots/retire.ts'
import { Shown } from '../slots/shown.ts'
import type { AppState } from '../slots/state.ts'

const publicRequests = 5

/** Traefik's API names the new slot as the route's service, and answers on the public port carry its release header. */
export function confirm(context: ReleaseContext): Task {
  const shown = new Shown()
  return task<SlotChange>({
    name: 'confirm',
    check: async (host) => {
      const { plan, app, state } = await observePlan(host, context)
      const holds = shown.recently() || (await switchProblem(host, app, { slot: plan.slot, state })) === null
      if (holds) context.cutOver.switchedAfter ??= performance.now()
      return holds ? null : { summary: `${publicRequests} public answers from ${plan.slot}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const { app } = await context.resolve()
      const deadline = performance.now() + throttle + 3_000
      for (;;) {
        const problem = await switchProblem(host, app, { slot, state: await context.seen.state(host) })
        if (problem === null) return shown.now()
        if (performance.now() > deadline) throw await notShown(host, context, slot, problem)
        await sleep(50, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

/**
 * The error for a switch that does not show. If Traefik does not route to the slot, the release is not at fault: the
 * poller may try it again.
 */
const notShown = async (
  host: HostView,
  context: ReleaseContext,
  slot: Slot,
  { routed, why }: SwitchProblem,
): Promise<CutoverError> =>
  routed
    ? refused(host, context, { slot, why: `after the switch, ${why}` })
    : new CutoverError(`the switch to ${slot} did not show: ${why}`, {
        hint: 'Is Traefik running? docker logs traefik',
      })

interface SwitchProblem {
  /** Traefik routes to the slot, whose answers are wrong. */
  routed: boolean
  why: string
}

/** Why the switch does not show yet; null: it does. */
async function switchProblem(
  host: HostView,
  app: App,
  { slot, state }: { slot: Slot; state: AppState },
): Promise<SwitchProblem | null> {
  const [route, look] = await Promise.all([router(host, app.name), lookThrough(host, app.name)])
  if (route?.service !== containerName(app.name, slot) || route.status !== 'enabled')
    return { routed: false, why: `Traefik routes to ${route ? `${route.service} (${route.status})` : 'nothing'}` }
  const { stdout } = await host.quiet({
    nothrow: true,
  })`for n in ${Array.from({ length: publicRequests }, (_, n) => String(n))}; do ${[...publicCurl(app), ...look]} || true; echo ---; done`
  const answers = stdout.split('---\n').slice(0, publicRequests).map(parseAnswer)
  const { releaseHeader } = state.slots[slot] ?? {}
  const bad = answers.find(({ status, mark }) => !(status >= 100 && status < 500) || mark !== releaseHeader)
  if (bad === undefined) return null
  const sender = bad.mark === releaseHeader ? 'it' : bad.mark ? 'another release' : 'nobody'
  return { routed: true, why: `a public request was answered with ${bad.status || 'nothing'} by ${sender}` }
}

/**
 * A request to this host as a client makes it, which prints the headers of the answer (`-D -`: the shorter
 * `-w '%header{x-cutover}'` needs a newer curl than some hosts have).
 */
function publicCurl(app: App): string[] {
  const { access } = app
  const [domain] = domainsOf(access)
  const path = publicPath(app)
  const common = [...curl, '-o', '/dev/null', '--max-time', '10', '-D', '-']
  if (domain === undefined || !isHttps(access))
    return [...common, '-H', `Host: ${domain ?? hostOf(app)}`, `http://127.0.0.1${path}`]
  return [...common, '-k', '--resolve', `${domain}:443:127.0.0.1`, `https://${domain}${path}`]
}

/** Where users reach the health path; if it is not below the app's own path, then that path. */
function publicPath({ access, health }: App): string {
  const prefix = pathOf(access)
  if (stripsPath(access)) return `${prefix}${health.path}`
  return `${health.path}/`.startsWith(`${prefix}/`) ? health.path : `${prefix}/`
}

/** The status of an answer (0: none came), and its X-Cutover header, by which the route marks its slot's answers. */
export function parseAnswer(headers: string): { status: number; mark: string } {
  return {
    status: Number(/^HTTP\/\S+ (\d{3})/m.exec(headers)?.[1] ?? 0),
    mark: /^x-cutover: *(.*?)\r?$/im.exec(headers)?.[1] ?? '',
  }
}
