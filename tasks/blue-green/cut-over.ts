import { type Task, task } from '../../runner/index.ts'
import { containerName } from '../app/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { keptRouteFile, parseRoute, responseCounts, type ResponseCounts, routeFile } from '../proxy/index.ts'
import { bake } from './bake.ts'
import { confirm } from './confirm.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { stopUnrouted } from './retire.ts'
import { routeOfSlot } from './slot-route.ts'

/** The steps from the switch to where it has proven itself; still undone if one fails. */
export const switchSteps = (context: ReleaseContext): Task[] => {
  const before: { errors?: ResponseCounts } = {}
  return [switchRoute(context, before), confirm(context), bake(context, before)].map(retryAfterEngineRestart)
}

/** Traefik's route is the new slot's: one rename, and every request from then on finds its way. */
function switchRoute(context: ReleaseContext, before: { errors?: ResponseCounts }): Task {
  const { name } = context.app
  const path = routeFile(name)
  return task<SlotChange & { previous: string | null; content: string }>({
    name: 'switch',
    check: async (host) => {
      const { seen, plan, wanted } = await observePlan(host, context)
      const content = await routeOfSlot(host, name, seen, plan.slot)
      const { route: previous } = seen
      return previous === content
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
      before.errors = await responseCounts(host, containerName(name, slot))
      const { live, slots: there } = await observe(host, name)
      if (previous !== null && live !== null && there[live]?.route === '')
        await host.write(keptRouteFile(name), previous)
      await host.write(path, content, { staging: paths.staging })
    },
    undo: async (host, { previous, slot, content }) => {
      context.assertLockHeld()
      // A later step's undo has taken it back already.
      if ((await host.read(path)) !== content) return
      if (previous === null) await host.$`rm -f -- ${path}`
      else await host.write(path, previous, { staging: paths.staging })
      // Its route was only written anew: it served before, and serves on.
      if (parseRoute(name, previous) !== slot) await stopUnrouted(host, context.app, slot)
    },
  })
}
