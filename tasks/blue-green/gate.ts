import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView, type Task, task } from '../../runner/index.ts'
import { type App, containerName, type Slot } from '../app/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { diagnose, probe } from './probe.ts'
import { refused } from './refused.ts'
import { isSoleLiveSlot, revertSlot } from './retire.ts'

const answersNeeded = 3

/** The new slot is healthy by Docker's own check, has not restarted, and gives good answers in a row. */
export function gate(context: ReleaseContext): Task {
  const passes = async (host: HostView, app: App, slot: Slot): Promise<string | null> => {
    const seen = await observe(host, app.name)
    const container = seen.slots[slot]
    if (!container) return 'it is gone'
    if (!container.running) return `it ended with ${container.exitCode}`
    // One that has served for weeks may have restarted in that time.
    if (container.restarts > 0 && !isSoleLiveSlot(seen, slot)) return `it restarted ${container.restarts} times`
    if (container.health === 'starting' || container.health === 'unhealthy') return `Docker says ${container.health}`
    return probe(host, app, { name: containerName(app.name, slot), address: container.address }, answersNeeded)
  }
  return task<SlotChange>({
    name: 'gate',
    check: async (host) => {
      const { plan, app } = await observePlan(host, context)
      const why = await passes(host, app, plan.slot)
      return why === null
        ? null
        : { summary: `healthy within ${app.health.timeout} s, ${answersNeeded} good answers`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const { app } = await context.resolve()
      const deadline = Date.now() + app.health.timeout * 1000
      for (;;) {
        const why = await passes(host, app, slot)
        if (why === null) return
        const hopeless = /^(it ended|it restarted|it is gone|Docker says unhealthy)/.test(why)
        if (hopeless || Date.now() > deadline)
          throw await notPassed(host, context, slot, why, hopeless ? '' : `not healthy after ${app.health.timeout} s: `)
        await sleep(500, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

/** Why a slot does not pass, with what its health path answers or what listens in its container instead. */
async function notPassed(
  host: HostView,
  context: ReleaseContext,
  slot: Slot,
  seen: string,
  late: string,
): Promise<CutoverError> {
  const { app } = await context.resolve()
  const there = await observe(host, app.name)
  const [container, name] = [there.slots[slot], containerName(app.name, slot)]
  const verdict = container?.running ? await diagnose(host, app, { name, address: container.address }) : null
  const why =
    late + (verdict === null ? seen : seen.startsWith(app.health.path) ? verdict.why : `${seen}; ${verdict.why}`)
  if (isSoleLiveSlot(there, slot))
    return new CutoverError(`${name} serves this release already, and is not well: ${why}`, {
      hint: [...(verdict?.hint ? [verdict.hint] : []), `See what it says: docker logs ${name}`].join('\n'),
    })
  return refused(host, context, slot, why, verdict?.hint)
}
