import { type Change, type Task, task } from '../../runner/index.ts'
import { askEngine } from './ask-engine.ts'
import { addressLabel, halvesOf } from './fixed-address.ts'
import { isOurs, notOurs } from './ours.ts'

export interface NetworkOptions {
  /**
   * Whether the network keeps an address for one container, which others can then have in /etc/hosts. A network that
   * exists already stays as it is. Default false.
   */
  keepAddress?: boolean
}

/**
 * A Docker bridge network of ours exists. Its check throws an UnsafeError for one of that name without our label.
 * @example
 * network('shop-backend')
 */
export function network(name: string, { keepAddress = false }: NetworkOptions = {}): Task {
  return task<Change>({
    name: `network ${name}`,
    check: async (host) => {
      const existing = await askEngine(host, 'network', name)
      if (existing && !isOurs(existing.Labels)) throw notOurs('network', name)
      return existing ? null : { summary: 'create' }
    },
    apply: async (host) => {
      const create = ['docker', 'network', 'create', '--label', 'cutover=1']
      await host.$`${create} ${name}`
      if (!keepAddress) return
      // Docker has picked a free subnet. But it gives a container a fixed address only if the subnet was named
      // explicitly.
      const subnet = (
        await host.$`docker network inspect -f ${'{{(index .IPAM.Config 0).Subnet}}'} ${name}`
      ).stdout.trim()
      const halves = halvesOf(subnet)
      if (halves)
        await host.$`docker network rm ${name}; ${create} --subnet ${subnet} --ip-range ${halves.range} --label ${`${addressLabel}=${halves.address}`} ${name}`
    },
  })
}
