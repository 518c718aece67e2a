import type { Host, HostView } from '../../../runner/index.ts'
import { containerName, type Slot, slots } from '../../app/index.ts'
import { countsBeside, noResponses, responseCounts, type ResponseCounts } from '../../proxy/index.ts'

/** What each slot of an app has answered since Traefik began to count it. */
export type SlotCounts = Readonly<Record<Slot, ResponseCounts>>

const services = (app: string): string[] => slots.map((slot) => containerName(app, slot))

const bySlot = ([blue = noResponses, green = noResponses]: readonly ResponseCounts[]): SlotCounts => ({ blue, green })

/** What the slots have answered. */
export const slotCounts = async (host: HostView, app: string): Promise<SlotCounts> =>
  bySlot(await responseCounts(host, services(app)))

/** The same, asked beside the commands of the host; undefined if it can't be asked so. */
export const slotCountsBeside = (host: Host, app: string): Promise<SlotCounts | undefined> =>
  countsBeside(host, services(app)).then(bySlot, () => undefined)
