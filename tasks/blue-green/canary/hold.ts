import { setTimeout as sleep } from 'node:timers/promises'
import { BarrierError, type Host } from '../../../runner/index.ts'
import type { Slot } from '../../app/index.ts'
import { howItEnded, howOften } from '../../docker/index.ts'
import type { ResponseCounts } from '../../proxy/index.ts'
import type { ReleaseContext } from '../context.ts'
import { refused } from '../refused.ts'
import { observe } from '../slots/observe.ts'
import { since, slotCounts } from '../slots/slot-counts.ts'
import type { SlotState } from '../slots/state.ts'
import type { CanaryPlan } from './plan.ts'
import type { Trial } from './trial.ts'
import { worse } from './verdict.ts'

export interface Holding extends Trial {
  plan: CanaryPlan
  /** What Traefik had counted before the canary. */
  counted: Record<Slot, ResponseCounts>
  /** When the step began, in ms since 1970. */
  began: number
}

const add = (one: ResponseCounts, other: ResponseCounts): ResponseCounts => ({
  all: one.all + other.all,
  errors: one.errors + other.errors,
})

/**
 * Watches both slots for the time of the canary, once a second.
 * @returns what the new slot has answered
 * @throws RefusedError as soon as it is worse than the one that serves, or not well; BarrierError if it failed elsewhere
 */
export async function hold(
  host: Host,
  context: ReleaseContext,
  { slot, live, plan, counted, began }: Holding,
): Promise<ResponseCounts> {
  const { app, cutOver, signal, assertLockHeld } = context
  const restarts = (await observe(host, app.name)).slots[slot]?.restarts ?? 0
  const none: ResponseCounts = { all: 0, errors: 0 }
  const answers: Record<Slot, ResponseCounts> = { blue: none, green: none }
  let last = counted
  for (const end = Date.now() + plan.seconds * 1000; Date.now() < end;) {
    await sleep(Math.min(1000, end - Date.now()), undefined, { signal })
    assertLockHeld()
    stopWithOthers(plan, began)
    const [{ slots }, now] = await Promise.all([observe(host, app.name), slotCounts(host, app.name)])
    // By the difference of each second, a Traefik that is started again takes only that second's requests along.
    for (const each of [slot, live]) answers[each] = add(answers[each], since(last[each], now[each]))
    last = now
    const { all: requests, errors: failed } = answers[slot]
    cutOver.canary = { share: plan.share, seconds: plan.seconds, requests, failed }
    const problem = unwell(slots[slot], restarts) ?? worse(answers[slot], answers[live])
    if (problem !== null)
      throw await refused(host, context, { slot, why: `as a canary with ${plan.share} % of the requests, ${problem}` })
  }
  return answers[slot]
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
