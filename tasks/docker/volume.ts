import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import { askEngine, type EngineObject } from './ask-engine.ts'
import { isOurs, notOurs } from './ours.ts'

/**
 * A Docker volume of ours exists. Its check throws an UnsafeError for one of that name that is not ours.
 * @param isKnown whether a volume without our label is ours nevertheless: in earlier releases, compose made the volumes
 */
export function volume(name: string, isKnown: (host: HostView, existing: EngineObject) => Promise<boolean>): Task {
  return task<Change>({
    name: `volume ${name}`,
    check: async (host) => {
      const existing = await askEngine(host, 'volume', name)
      if (existing && !isOurs(existing.Labels) && !(await isKnown(host, existing))) throw notOurs('volume', name)
      return existing ? null : { summary: 'create' }
    },
    apply: async (host) => {
      await host.$`docker volume create --label cutover=1 ${name}`
    },
  })
}
