import type { Change, HostView } from '../../../runner/index.ts'
import type { Slot } from '../../app/index.ts'
import type { ReleaseContext, ResolvedRelease } from '../context.ts'
import { type AppState, planSlot, type SlotPlan } from './state.ts'

/** A change that a step makes to one slot. */
export interface SlotChange extends Change {
  slot: Slot
}

export interface ObservedPlan extends ResolvedRelease {
  state: AppState
  plan: SlotPlan
}

/** Finds out what is released, what is on this host now, and the slot that the release goes to. */
export async function observePlan(host: HostView, { resolve, seen }: ReleaseContext): Promise<ObservedPlan> {
  const resolved = await resolve()
  const state = await seen.state(host)
  return { ...resolved, state, plan: planSlot(state, resolved.wanted) }
}
