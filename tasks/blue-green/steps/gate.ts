import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView, type Task, task } from '../../../runner/index.ts'
import { type App, containerName, type Slot } from '../../app/index.ts'
import { howItEnded, howOften } from '../../docker/index.ts'
import type { ReleaseContext } from '../context.ts'
import { diagnose, probe } from '../health/probe.ts'
import { Waiting } from '../health/waiting.ts'
import { refused } from '../refused.ts'
import { observe } from '../slots/observe.ts'
import { observePlan, type SlotChange } from '../slots/planned.ts'
import { isSoleLiveSlot, revertSlot } from '../slots/retire.ts'
import { Shown } from '../slots/shown.ts'
import type { AppState } from '../slots/state.ts'

const answersNeeded = 3

/**
 * How long the host asks the health path by itself, in ms. Then Docker is asked again whether the slot has ended,
 * restarted or become unhealthy.
 */
const look = 1000

/**
 * The new slot answers its health path well in a row, and has not restarted. That Docker's own check has not begun is
 * not waited for; that it failed counts.
 */
export function gate(context: ReleaseContext): Task {
  const shown = new Shown()
  return task<SlotChange>({
    name: 'gate',
    check: async (host) => {
      const { plan, app, state } = await observePlan(host, context)
      if (shown.recently()) return null
      const problem = await gateProblem(host, app, { slot: plan.slot, state, within: 0 })
      return problem === null
        ? null
        : { summary: `healthy within ${app.health.timeout} s, ${answersNeeded} good answers`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const { app } = await context.resolve()
      const deadline = performance.now() + app.health.timeout * 1000
      const waiting = new Waiting(performance.now())
      for (let state = await context.seen.state(host); ; state = await observe(host, app.name)) {
        const within = Math.max(0, Math.min(look, deadline - performance.now()))
        const problem = await gateProblem(host, app, { slot, state, within })
        if (problem === null) return shown.now()
        if (problem.final || performance.now() > deadline) throw await notPassed(host, context, slot, problem)
        host.progress(waiting.text(problem.why, state.slots[slot]?.health ?? 'none', performance.now()))
        await sleep(100, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

/** Why a slot does not pass the gate. */
interface GateProblem {
  why: string
  /** Waiting cannot help. */
  final: boolean
}

interface Look {
  slot: Slot
  state: AppState
  /** For how long (ms) the health path is asked again. */
  within: number
}

/** What keeps a slot from passing the gate; null: nothing. */
async function gateProblem(host: HostView, app: App, { slot, state, within }: Look): Promise<GateProblem | null> {
  const container = state.slots[slot]
  if (!container) return { why: 'it is gone', final: true }
  if (!container.running) return { why: howItEnded(container.exitCode, container.outOfMemory), final: true }
  // A slot that has served for weeks may have restarted in that time.
  const hasServed = container.standby || isSoleLiveSlot(state, slot)
  if (container.restarts > 0 && !hasServed) return { why: howOften(container.restarts), final: true }
  if (container.health === 'unhealthy') return { why: 'Docker says unhealthy', final: true }
  const probed = { name: containerName(app.name, slot), address: container.address }
  const why = await probe(host, app, probed, { times: answersNeeded, within })
  return why === null ? null : { why, final: false }
}

/**
 * The error for a slot that does not pass, with what its health path answers or what listens in its container instead.
 */
async function notPassed(
  host: HostView,
  context: ReleaseContext,
  slot: Slot,
  problem: GateProblem,
): Promise<CutoverError> {
  const { app } = await context.resolve()
  const state = await observe(host, app.name)
  const [container, name] = [state.slots[slot], containerName(app.name, slot)]
  const verdict = container?.running ? await diagnose(host, app, { name, address: container.address }) : null
  const late = problem.final ? '' : `not healthy after ${app.health.timeout} s: `
  // A problem that begins with the health path is one of its answers, which the verdict describes better.
  const known = problem.why.startsWith(app.health.path) ? '' : `${problem.why}; `
  const why = late + (verdict === null ? problem.why : known + verdict.why)
  if (isSoleLiveSlot(state, slot))
    return new CutoverError(`${name} serves this release already, and is not well: ${why}`, {
      hint: [...(verdict?.hint ? [verdict.hint] : []), `See what it says: docker logs ${name}`].join('\n'),
    })
  return refused(host, context, { slot, why, hint: verdict?.hint })
}
