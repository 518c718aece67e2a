import type { HostView } from '../../../runner/index.ts'
import { containerName, type Slot, slots } from '../../app/index.ts'
import { responseCounts, type ResponseCounts } from '../../proxy/index.ts'

/** What the slots of an app have answered since Traefik started. */
export async function slotCounts(host: HostView, app: string): Promise<Record<Slot, ResponseCounts>> {
  const counts = await responseCounts(
    host,
    slots.map((slot) => containerName(app, slot)),
  )
  return Object.fromEntries(slots.map((slot, index) => [slot, counts[index]])) as Record<Slot, ResponseCounts>
}

/** What came since. Less than nothing means that Traefik was started again: then all that it has counted. */
export const since = (before: ResponseCounts, now: ResponseCounts): ResponseCounts =>
  now.all < before.all ? now : { all: now.all - before.all, errors: now.errors - before.errors }
