import { type Change, type Task, task } from '../../runner/index.ts'
import { askEngine } from './ask-engine.ts'
import { addressLabel, halvesOf } from './fixed-address.ts'
import { isOurs, notOurs } from './ours.ts'

export interface NetworkOptions {
  /** Keep an address of it for one container, so that its name can stand in others' /etc/hosts. Where the network is there already, it stays as it is. */
  keepAddress?: boolean
}

/** A Docker bridge network of ours is there. One of that name without our label is refused. */
export function network(name: string, { keepAddress = false }: NetworkOptions = {}): Task {
  return task<Change>({
    name: `network ${name}`,
    check: async (host) => {
      const there = await askEngine(host, 'network', name)
      if (there && !isOurs(there.Labels)) throw notOurs('network', name)
      return there ? null : { summary: 'create' }
    },
    apply: async (host) => {
      const create = ['docker', 'network', 'create', '--label', 'cutover=1']
      await host.$`${create} ${name}`
      if (!keepAddress) return
      // Docker picks a subnet that is free; but only in one that it was told has it containers with an address of their own.
      const subnet = (
        await host.$`docker network inspect -f ${'{{(index .IPAM.Config 0).Subnet}}'} ${name}`
      ).stdout.trim()
      const halves = halvesOf(subnet)
      if (halves)
        await host.$`docker network rm ${name}; ${create} --subnet ${subnet} --ip-range ${halves.range} --label ${`${addressLabel}=${halves.address}`} ${name}`
    },
  })
}
