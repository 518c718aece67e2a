import type { Change, HostView } from '../../runner/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './slot.ts'
import { decide, type Plan, type Seen, type Slot } from './state.ts'

/** A change that a step makes to one slot. */
export interface SlotChange extends Change {
  slot: Slot
}

/** Whether the plan's slot is, on this host, already the release that is wanted. */
export async function planned(host: HostView, { app, wanted }: ReleaseContext): Promise<{ seen: Seen; plan: Plan }> {
  const seen = await observe(host, app.name)
  return { seen, plan: decide(seen, wanted) }
}
