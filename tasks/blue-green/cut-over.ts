import { type Task, task } from '../../runner/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { canaryIn, keptRouteFile, parseRoute, routeFile } from '../proxy/index.ts'
import type { ReleaseContext } from './context.ts'
import { noteBefore } from './cut-over-notes.ts'
import { observePlan, type SlotChange } from './slots/planned.ts'
import { stopUnrouted } from './slots/retire.ts'
import { markArgv } from './slots/restart-policy.ts'
import { slotCounts } from './slots/slot-counts.ts'
import { routeOfSlot } from './slots/slot-route.ts'
import { bake } from './steps/bake.ts'
import { appendHistory, historyLine } from './steps/record.ts'
import { confirm } from './steps/confirm.ts'

/** The steps from the switch until the new slot has proven itself. If one fails, all of them are undone. */
export const switchSteps = (context: ReleaseContext): Task[] =>
  [switchRoute(context), confirm(context)].map(retryAfterEngineRestart)

/** The new slot proves itself while the old one is ready. */
export const bakeStep = (context: ReleaseContext): Task => retryAfterEngineRestart(bake(context))

/** The route file is the new slot's. It is replaced by one rename, so that Traefik never reads half a file. */
function switchRoute(context: ReleaseContext): Task {
  const { name } = context.app
  const path = routeFile(name)
  return task<SlotChange & { previous: string | null; content: string }>({
    name: 'switch',
    check: async (host) => {
      const { state, plan, wanted } = await observePlan(host, context)
      const content = await routeOfSlot(host, name, state, plan.slot)
      // What comes back after a failure is no canary.
      const previous =
        state.live !== null && canaryIn(state.route) !== null
          ? await routeOfSlot(host, name, state, state.live)
          : state.route
      // A slot that a rollback found in standby is in none any more, once it serves.
      return state.route === content && !state.slots[plan.slot]?.standby
        ? null
        : {
            summary: `${name} → ${plan.slot} ${wanted.tag}`,
            slot: plan.slot,
            previous,
            content,
            before: previous ?? '',
            after: content,
          }
    },
    apply: async (host, { slot, previous, content }) => {
      const [before] = await Promise.all([
        slotCounts(host, name),
        ...(context.kind === 'rollback'
          ? [appendHistory(host, name, historyLine(context, await context.resolve(), 'begun')).catch(() => undefined)]
          : []),
      ])
      const { live, slots: containers } = await context.seen.state(host)
      context.cutOver.restarts = containers[slot]?.restarts
      noteBefore(context, live, before)
      context.cutOver.from = (live && containers[live]?.tag) ?? null
      // A slot of an older Cutover carries no label with its route: a rollback to it needs this copy.
      if (previous !== null && live !== null && containers[live]?.route === '')
        await host.write(keptRouteFile(name), previous)
      await host.write(path, content, { staging: paths.staging })
      Object.assign(context.cutOver, { slot, times: { switched: Date.now() } } satisfies ReleaseContext['cutOver'])
      if (containers[slot]?.standby) await host.$`${markArgv(name, slot, 'serving')} >/dev/null`
    },
    undo: async (host, { previous, slot, content }) => {
      context.assertLockHeld()
      // The undo of a later step has given the route back already.
      if ((await host.read(path)) !== content) return
      if (previous === null) await host.$`rm -f -- ${path}`
      else await host.write(path, previous, { staging: paths.staging })
      // If the previous route named this slot too, it served before and goes on serving.
      if (parseRoute(name, previous) !== slot) await stopUnrouted(host, context.app, slot)
    },
  })
}
