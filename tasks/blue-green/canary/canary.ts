import {
  BarrierError,
  commandLine,
  CutoverError,
  type Host,
  type OnHost,
  type Step,
  type Task,
  task,
} from '../../../runner/index.ts'
import { containerName, type Slot } from '../../app/index.ts'
import { retryAfterEngineRestart } from '../../docker/index.ts'
import { paths } from '../../paths.ts'
import { canaryIn, routeFile } from '../../proxy/index.ts'
import type { ReleaseContext } from '../context.ts'
import { observe } from '../slots/observe.ts'
import { observePlan } from '../slots/planned.ts'
import { removeUnrouted, stopUnrouted } from '../slots/retire.ts'
import { routeOfSlot } from '../slots/slot-route.ts'
import { hold } from './hold.ts'
import { inWords } from './in-words.ts'
import type { CanaryPlan } from './plan.ts'
import { share } from './share.ts'
import type { Trial } from './trial.ts'
import { hardlyAsked } from './verdict.ts'

/**
 * The steps between the gate and the switch by which a release is tried first: all hosts hold at the same time, and if
 * one takes it back, all do.
 */
export const canarySteps = (
  on: Pick<OnHost<unknown>, 'barrier' | 'say'>,
  context: ReleaseContext,
  plan: CanaryPlan,
): Step[] => [
  context.seen.changedBy(retryAfterEngineRestart(canary(context, plan, on.say))),
  on.barrier(`the canary of ${context.app.name} is good everywhere`),
]

/**
 * The new slot gets a share of the requests for a while, and is no worse than the one that serves. To everybody who looks
 * the latter stays the live one; whoever finds the route of a canary that nobody watches gives it all requests again.
 */
export function canary(context: ReleaseContext, plan: CanaryPlan, say: (text: string) => void): Task {
  const { app, assertLockHeld } = context
  let passed = false
  return task<Trial>({
    name: 'canary',
    check: async (host) => {
      const { state, plan: planned, wanted } = await observePlan(host, context)
      const [{ slot }, { live }] = [planned, state]
      if (passed || live === slot) return null
      const serving = live && state.slots[live]
      if (live === null || !serving?.running) {
        say(`no canary of ${app.name} ${wanted.tag}: nothing serves that it could be compared with`)
        return null
      }
      if (serving.route === '')
        throw new CutoverError(`${containerName(app.name, live)} was made by an older Cutover, and keeps no route`, {
          hint: `No canary can go beside it. Release once without one: ${commandLine('deploy')}`,
        })
      return { summary: `${wanted.tag}: ${plan.share} % of the requests for ${inWords(plan.seconds)}`, slot, live }
    },
    apply: async (host, change) => {
      const began = performance.now()
      try {
        assertLockHeld()
        const before = await share(host, context, plan, change)
        const answers = await hold(host, context, { ...change, plan, counted: before, began })
        passed = true
        if (hardlyAsked(answers))
          say(
            `the canary of ${app.name} had ${answers.all} requests: too few to compare, and nothing speaks against it`,
          )
      } catch (error) {
        if (!(error instanceof BarrierError)) plan.failed = { host: host.name, error, at: performance.now() }
        throw error
      }
    },
    undo: (host, { slot }) => takeBack(host, context, slot),
  })
}

/** All requests go to the slot that serves again, and the new one ends. */
async function takeBack(host: Host, { app, assertLockHeld }: ReleaseContext, slot: Slot): Promise<void> {
  assertLockHeld()
  const state = await observe(host, app.name)
  // The switch took the place of the canary's route, and its undo has given the old one back.
  if (state.live === null || canaryIn(state.route) === null) return
  const route = await routeOfSlot(host, app.name, state, state.live)
  await host.write(routeFile(app.name), route, { staging: paths.staging })
  await stopUnrouted(host, app, slot)
  await removeUnrouted(host, app, slot)
}
