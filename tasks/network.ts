import { type Change, type Task, task } from '../runner/index.ts'
import { askEngine } from './engine.ts'
import { isOurs, notOurs } from './ours.ts'

/** A Docker bridge network of ours is there. One of that name without our label is refused. */
export function network(name: string): Task {
  return task<Change>({
    name: `network ${name}`,
    check: async (host) => {
      const there = await askEngine(host, 'network', name)
      if (there && !isOurs(there.Labels)) throw notOurs('network', name)
      return there ? null : { summary: 'create' }
    },
    apply: async (host) => {
      await host.$`docker network create --label cutover=1 ${name}`
    },
  })
}
