import { CutoverError, type Host } from '../../../runner/index.ts'
import { isHttps } from '../../app/index.ts'
import { paths } from '../../paths.ts'
import { canaryRoutes, canaryService, routeFile, router } from '../../proxy/index.ts'
import type { ReleaseContext } from '../context.ts'
import { observe } from '../slots/observe.ts'
import { routed } from '../slots/routed.ts'
import { routeOfSlot } from '../slots/slot-route.ts'
import { type SlotCounts, slotCounts } from '../slots/slot-counts.ts'
import type { CanaryPlan } from './plan.ts'
import type { Trial } from './trial.ts'

/**
 * Gives the new slot its share of the requests.
 * @returns what Traefik had counted for both slots before
 * @throws CutoverError if Traefik does not take the route
 */
export async function share(
  host: Host,
  { app, who }: ReleaseContext,
  plan: CanaryPlan,
  { slot, live }: Trial,
): Promise<SlotCounts> {
  const state = await observe(host, app.name)
  const [route, next] = await Promise.all([live, slot].map((each) => routeOfSlot(host, app.name, state, each)))
  const { canaryRoute } = await canaryRoutes()
  const text = canaryRoute({
    app: app.name,
    live,
    route: route ?? '',
    next: next ?? '',
    note: { slot, share: plan.share, since: new Date().toISOString(), seconds: plan.seconds, who },
    // Each release has a cookie of its own: who was given the old one in an earlier canary may get the new one now.
    ...(plan.sticky && {
      cookie: { name: `_${state.slots[slot]?.releaseHeader.slice(0, 6)}`, secure: isHttps(app.access) },
    }),
  })
  const before = await slotCounts(host, app.name)
  await host.write(routeFile(app.name), text, { staging: paths.staging })
  await routed(host, app.name, canaryService(app.name))
  const shown = await router(host, app.name)
  if (shown?.service !== canaryService(app.name) || shown.status !== 'enabled')
    throw new CutoverError(
      `the canary did not show: Traefik routes to ${shown ? `${shown.service} (${shown.status})` : 'nothing'}`,
      { hint: 'Is Traefik running? docker logs traefik' },
    )
  return before
}
