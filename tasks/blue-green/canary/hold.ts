import { setTimeout as sleep } from 'node:timers/promises'
import { BarrierError, type Host } from '../../../runner/index.ts'
import { howItEnded, howOften } from '../../docker/index.ts'
import type { ResponseCounts } from '../../proxy/index.ts'
import type { ReleaseContext } from '../context.ts'
import { p95Of } from '../p95.ts'
import { refused } from '../refused.ts'
import { observe } from '../slots/observe.ts'
import { type SlotCounts, slotCounts } from '../slots/slot-counts.ts'
import type { SlotState } from '../slots/state.ts'
import { Tally } from '../slots/tally.ts'
import type { CanaryPlan } from './plan.ts'
import { resultOf, soFar } from './so-far.ts'
import type { Trial } from './trial.ts'
import { type Answers, worse } from './verdict.ts'

export interface Holding extends Trial {
  plan: CanaryPlan
  /** What Traefik had counted before the canary. */
  counted: SlotCounts
  /** When the step began, in ms since this program was started. */
  began: number
}

/**
 * Watches both slots for the time of the canary, once a second.
 * @returns what the new slot has answered
 * @throws RefusedError as soon as it is worse than the one that serves, or not well; BarrierError if it failed elsewhere
 */
export async function hold(
  host: Host,
  context: ReleaseContext,
  { slot, live, plan, counted, began }: Holding,
): Promise<Answers> {
  const { app, cutOver, signal, assertLockHeld } = context
  const restarts = (await observe(host, app.name)).slots[slot]?.restarts ?? 0
  const start = performance.now()
  const tally = new Tally(counted, Date.now())
  for (let age = 0; age < plan.seconds * 1000; age = performance.now() - start) {
    await sleep(Math.min(1000, plan.seconds * 1000 - age), undefined, { signal })
    assertLockHeld()
    stopWithOthers(plan, began)
    const [{ slots }, now] = await Promise.all([observe(host, app.name), slotCounts(host, app.name)])
    tally.look(now)
    const [fresh, former] = [answersOf(tally.of(slot)), answersOf(tally.of(live))]
    cutOver.canary = resultOf(plan, fresh, former)
    host.progress(...soFar(plan, Math.round((performance.now() - start) / 1000), { fresh, former }))
    // A new slot's caches are cold at first.
    const slow = performance.now() - start >= (plan.seconds * 1000) / 3
    const problem = unwell(slots[slot], restarts) ?? worse(fresh, former, { slow })
    if (problem !== null)
      throw await refused(host, context, { slot, why: `as a canary with ${plan.share} % of the requests, ${problem}` })
  }
  return answersOf(tally.of(slot))
}

const answersOf = ({ all, errors, durations }: ResponseCounts): Answers => {
  const p95 = p95Of(durations)
  return { all, errors, ...(p95 !== undefined && { p95 }) }
}

/** @throws BarrierError if the canary of another host has failed since this one began */
function stopWithOthers({ failed, keepGoing }: CanaryPlan, began: number): void {
  if (failed !== undefined && failed.at >= began && !keepGoing)
    throw new BarrierError(`the canary of ${failed.host} was taken back, so this one is too`, [failed.error])
}

/** Why a slot is no good, whatever it answers; null: it is well. */
function unwell(container: SlotState | null, restarts: number): string | null {
  if (!container) return 'it is gone'
  if (!container.running) return howItEnded(container.exitCode, container.outOfMemory)
  if (container.restarts > restarts) return howOften(container.restarts - restarts)
  return container.health === 'unhealthy' ? 'Docker says unhealthy' : null
}
