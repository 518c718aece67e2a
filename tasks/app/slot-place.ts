import type { HostView } from '../../runner/index.ts'
import { addressBefore, keptAddress } from '../docker/index.ts'
import { publicNetwork, slotNetwork } from '../paths.ts'
import { containerName, type Slot, slots } from './slots.ts'

/** Where a slot's container is reached. */
export interface SlotPlace {
  network: string
  /** Its fixed address on that network; '' where it has none. */
  address: string
}

/**
 * Where a slot's container is to be: on its app's own network, at the address that the network keeps for it. On a host
 * that this version has not set up yet, it is on the network of all apps, and Traefik finds it there by its name.
 */
export async function slotPlace(host: HostView, app: string, slot: Slot): Promise<SlotPlace> {
  const kept = await keptAddress(host, slotNetwork(app))
  return kept === ''
    ? { network: publicNetwork, address: '' }
    : { network: slotNetwork(app), address: addressBefore(kept, slots.indexOf(slot)) }
}

/** The URL at which Traefik reaches a slot. */
export const slotUrl = (app: string, slot: Slot, port: number, { address }: Pick<SlotPlace, 'address'>): string =>
  `http://${address || containerName(app, slot)}:${port}`
