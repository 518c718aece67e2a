import type { Host } from '../../../runner/index.ts'
import type { Slot } from '../../app/index.ts'
import { observe } from '../slots/observe.ts'
import { stopUnrouted } from '../slots/retire.ts'

/** Seconds that Docker gives a container to end, where nobody has said another time. */
const dockersOwn = 10

/** The slot of a canary whose run is gone ends, once it has answered what it was asked. */
export async function stopLeft(host: Host, app: string, slot: Slot): Promise<void> {
  const container = (await observe(host, app)).slots[slot]
  if (container?.running) await stopUnrouted(host, { name: app, drain: container.stopTimeout ?? dockersOwn }, slot)
}
