import { setTimeout as sleep } from 'node:timers/promises'
import { type HostView, type Task, task } from '../../runner/index.ts'
import { containerName } from '../app/index.ts'
import { responseCounts, type ResponseCounts, routeFile, throttle } from '../proxy/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { refused } from './refused.ts'
import { revertSlot } from './retire.ts'

/** More failed answers than this, and more than this share, send the route back. */
const tolerated = { errors: 2, share: 0.05 }

/** For a while the old slot stays hot: what fails now is sent back by a rename. */
export function bake(context: ReleaseContext, before: { errors?: ResponseCounts }): Task {
  const { app } = context
  const atLeast = Math.max(app.bake * 1000, throttle + 1_000)
  const age = async (host: HostView): Promise<number> =>
    Number((await host.$`echo $(( $(date +%s%3N) - $(stat -c %.3Y ${routeFile(app.name)} | tr -d .) ))`).stdout)
  return task<SlotChange>({
    name: 'bake',
    check: async (host) => {
      const { seen, plan } = await observePlan(host, context)
      const holds =
        seen.live === plan.slot && (plan.old === null || !seen.slots[plan.old]?.running || (await age(host)) >= atLeast)
      return holds ? null : { summary: `${atLeast / 1000} s`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const base = before.errors ?? (await responseCounts(host, containerName(app.name, slot)))
      while ((await age(host)) < atLeast) {
        await sleep(500, undefined, { signal: context.signal })
        const container = (await observe(host, app.name)).slots[slot]
        const now = await responseCounts(host, containerName(app.name, slot))
        const [errors, all] = [now.errors - base.errors, now.all - base.all]
        const why =
          !container?.running || container.restarts > 0
            ? 'it ended or restarted'
            : container.health === 'unhealthy'
              ? 'Docker says unhealthy'
              : errors > tolerated.errors && errors > all * tolerated.share
                ? `${errors} of ${all} answers were 5xx`
                : null
        if (why) throw await refused(host, context, slot, `after the switch, ${why}`)
      }
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}
