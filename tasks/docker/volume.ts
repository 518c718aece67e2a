import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import { askEngine, type EngineObject } from './ask-engine.ts'
import { isOurs, notOurs } from './ours.ts'

/**
 * A Docker volume of ours is there. One of that name without our label is refused.
 * @param known whether a volume without our label is ours all the same: earlier releases left that to compose.
 */
export function volume(name: string, known: (host: HostView, there: EngineObject) => Promise<boolean>): Task {
  return task<Change>({
    name: `volume ${name}`,
    check: async (host) => {
      const there = await askEngine(host, 'volume', name)
      if (there && !isOurs(there.Labels) && !(await known(host, there))) throw notOurs('volume', name)
      return there ? null : { summary: 'create' }
    },
    apply: async (host) => {
      await host.$`docker volume create --label cutover=1 ${name}`
    },
  })
}
