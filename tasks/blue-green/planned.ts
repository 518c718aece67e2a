import type { Change, HostView } from '../../runner/index.ts'
import type { Slot } from '../app/index.ts'
import type { ReleaseContext, ResolvedRelease } from './context.ts'
import { observe } from './observe.ts'
import { type AppState, planSlot, type SlotPlan } from './state.ts'

/** A change that a step makes to one slot. */
export interface SlotChange extends Change {
  slot: Slot
}

export interface ObservedPlan extends ResolvedRelease {
  seen: AppState
  plan: SlotPlan
}

/** What is on this host now, what is released, and the slot that takes it. */
export async function observePlan(host: HostView, { resolve }: ReleaseContext): Promise<ObservedPlan> {
  const resolved = await resolve()
  const seen = await observe(host, resolved.app.name)
  return { ...resolved, seen, plan: planSlot(seen, resolved.wanted) }
}
