import type { Slot } from '../../app/index.ts'
import type { SlotChange } from '../slots/planned.ts'

/** What the canary of one host is about: the slot of the new release, and the one that serves. */
export interface Trial extends SlotChange {
  live: Slot
}
