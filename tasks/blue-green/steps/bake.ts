import { setTimeout as sleep } from 'node:timers/promises'
import { type HostView, type Task, task } from '../../../runner/index.ts'
import { type ResponseCounts, routeFile, throttle } from '../../proxy/index.ts'
import { howItEnded, howOften } from '../../docker/index.ts'
import type { ReleaseContext } from '../context.ts'
import { noteTally, soFar } from '../cut-over-notes.ts'
import { refused } from '../refused.ts'
import { observe } from '../slots/observe.ts'
import { observePlan, type SlotChange } from '../slots/planned.ts'
import { revertSlot } from '../slots/retire.ts'
import { slotCounts } from '../slots/slot-counts.ts'
import type { SlotState } from '../slots/state.ts'
import { Tally } from '../slots/tally.ts'

/** The release is taken back when more answers than `errors`, and more than this share of all, are 5xx. */
const tolerated = { errors: 2, share: 0.05 }

/** How long it waits between two looks, in ms. */
const lookInterval = 500

/**
 * Watches the new slot for `bake` seconds after the switch, while the old slot still runs: if the new one restarts,
 * gets unhealthy, or answers with 5xx, the release is refused and the undo gives the route back to the old slot.
 */
export function bake(context: ReleaseContext): Task {
  const { app } = context
  /** Milliseconds since the route file was written. Traefik needs `throttle` to read it. */
  const bakeTime = Math.max(app.bake * 1000, throttle + 1_000)
  const age = routeAge(app.name)
  return task<SlotChange>({
    name: 'bake',
    check: async (host) => {
      const { state, plan } = await observePlan(host, context)
      const done =
        state.live === plan.slot &&
        (plan.old === null || !state.slots[plan.old]?.running || (await age(host)) >= bakeTime)
      return done ? null : { summary: `${bakeTime / 1000} s`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const { before, times } = context.cutOver
      const tally = new Tally(before ?? (await slotCounts(host, app.name)), times?.switched ?? Date.now())
      for (let old = await age(host); old < bakeTime; old = await age(host)) {
        await sleep(Math.min(lookInterval, bakeTime - old), undefined, { signal: context.signal })
        const container = (await observe(host, app.name)).slots[slot]
        tally.look(await slotCounts(host, app.name))
        const isNext = tally.sample(Date.now())
        noteTally(context, slot, tally)
        if (isNext) host.progress(...soFar(context.cutOver))
        const problem = problemOf(container, tally.of(slot), context.cutOver.restarts)
        if (problem) throw await refused(host, context, { slot, why: `after the switch, ${problem}` })
      }
      tally.sample(Date.now(), { last: true })
      noteTally(context, slot, tally)
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

/**
 * Tells how old a route file is, in ms. The host's clock is asked once: while the bake lasts it may be set, forward or
 * back.
 */
function routeAge(app: string): (host: HostView) => Promise<number> {
  let written: number | undefined
  return async (host) => {
    if (written === undefined) {
      const { stdout } = await host.$`echo $(( $(date +%s%3N) - $(stat -c %.3Y ${routeFile(app)} | tr -d .) ))`
      written = performance.now() - Math.max(0, Number(stdout))
    }
    return performance.now() - written
  }
}

/**
 * Why a slot is refused during its bake; null: it is well.
 * @param before how often it had restarted when it began to serve: one from a standby has served before
 */
function problemOf(container: SlotState | null, { errors, all }: ResponseCounts, before = 0): string | null {
  if (!container) return 'it is gone'
  if (!container.running) return howItEnded(container.exitCode, container.outOfMemory)
  if (container.restarts > before) return howOften(container.restarts - before)
  if (container.health === 'unhealthy') return 'Docker says unhealthy'
  return errors > tolerated.errors && errors > all * tolerated.share ? `${errors} of ${all} answers were 5xx` : null
}
