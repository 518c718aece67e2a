import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** Why the poller of an app releases nothing at this time, as `held.sh` says it: `paused …` or `frozen …`; null: it may. */
export async function heldBack(host: HostView, app: string): Promise<string | null> {
  const { stdout } = await host.$({ nothrow: true })`${[`${paths.program}/held.sh`, app]} 2>/dev/null`
  return stdout.trim() || null
}

/** Changes nothing: tells that the poller of an app is held back at this time, if it is. */
export const heldBackNote = (app: string, tell: (note: string) => void): Task =>
  task<Change>({
    name: 'freeze',
    check: async (host) => {
      const held = await heldBack(host, app)
      if (held !== null) tell(`the poller of ${app} is ${held}`)
      return null
    },
    apply: async () => undefined,
  })
