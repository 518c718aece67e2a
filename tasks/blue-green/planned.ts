import type { Change, HostView } from '../../runner/index.ts'
import type { Slot } from '../app/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { type AppState, planSlot, type SlotPlan } from './state.ts'

/** A change that a step makes to one slot. */
export interface SlotChange extends Change {
  slot: Slot
}

/** Whether the plan's slot is, on this host, already the release that is wanted. */
export async function observePlan(
  host: HostView,
  { app, wanted }: ReleaseContext,
): Promise<{ seen: AppState; plan: SlotPlan }> {
  const seen = await observe(host, app.name)
  return { seen, plan: planSlot(seen, wanted) }
}
