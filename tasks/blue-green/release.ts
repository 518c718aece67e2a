import { hostname, userInfo } from 'node:os'
import { type Host, type HostView, type OnHost, type Steps, type Task, task } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import type { CanaryPlan } from './canary/plan.ts'
import type { ReleaseContext, ResolvedRelease } from './context.ts'
import { bakeStep, switchSteps } from './cut-over.ts'
import type { CutOver } from './cut-over-summary.ts'
import { canFinish, finishThere } from './detach.ts'
import { finishSteps } from './finish.ts'
import { historyFile, parseHistory, type Release } from './history.ts'
import { type Owner, withLock } from './lock.ts'
import { prepareSteps } from './prepare.ts'
import { noteRefusal, refusalOf, refusedBefore } from './remembered.ts'
import { asReleased, followedDigest, type ReleaseTarget } from './resolve.ts'
import { pullEarly } from './steps/early-pull.ts'
import { configOf } from './slots/config.ts'
import { Observation } from './slots/observation.ts'
import { observe } from './slots/observe.ts'
import { reference } from './slots/slot-container.ts'
import { type AppState, isWanted, type Wanted } from './slots/state.ts'
import { reportTraffic } from './traffic.ts'

/** Who releases (a person or the poller) and from where, as the host's history and lock show it. */
export const releaser = (): Pick<Owner, 'who' | 'where'> => ({
  who: process.env.CUTOVER_WHO ?? userInfo().username,
  where: process.env.CUTOVER_WHERE ?? hostname(),
})

export interface ReleaseOptions {
  app: App
  /** Finds out what is to be released, once the release has begun. @throws CutoverError */
  target: (host: Host) => Promise<ReleaseTarget>
  /**
   * The target does not depend on what is on the host, as a tag of the registry does not. So it is found out, and its
   * image is pulled, while the release still waits for its lock.
   */
  fixedTarget?: boolean
  /** What the lock says is released: 'v1.2.0', or what is known before the target is found out. */
  title: string
  kind: Release['kind']
  /** It is a canary first. Default: it gets all requests at once. */
  canary?: CanaryPlan
  signal: AbortSignal
  /** Tries once more what was refused on the host with the same settings. */
  retryBad?: boolean
  /** Why a person releases in spite of a freeze, for the history. */
  reason?: string
  /** Ends after the confirmed switch: the host finishes the release by itself. */
  detach?: boolean
}

/**
 * Makes a target the live release of an app on one host, in step with the other hosts of the batch.
 * The deploy and rollback playbooks and the program on the host all release through this function.
 * @returns what it did; null if it switched nothing
 * @throws TaskError | UndoError; then the release that served before goes on serving
 */
export async function release(on: OnHost<unknown>, options: ReleaseOptions): Promise<CutOver | null> {
  const { app, kind } = options
  const owner = { ...releaser(), why: `${kind} ${options.title}` }
  const { target, early } = begun(on, options)
  const work = async (assertLockHeld: () => void): Promise<CutOver | null> => {
    const context = contextOf(on.view, { ...options, target }, owner.who, { assertLockHeld, early })
    const { changedBy } = context.seen
    const canary = options.canary && (await import('./canary/canary.ts')).canarySteps(on, context, options.canary)
    const stillLocked = { wait: 'lock', until: async () => assertLockHeld() }
    const untilSwitched: Steps = [
      resolved(context),
      ...prepareSteps(context).map(changedBy),
      on.barrier(`${app.name} is ready everywhere`),
      stillLocked,
      ...(canary ? [...canary, stillLocked] : []),
      ...switchSteps(context).map(changedBy),
    ]
    const rest: Steps = [
      changedBy(bakeStep(context)),
      on.barrier(`${app.name} has proven itself everywhere`),
      stillLocked,
      ...finishSteps(context).map(changedBy),
    ]
    try {
      if (options.detach) {
        await on.transaction(
          canFinish(app),
          ...untilSwitched,
          on.barrier(`${app.name} is switched everywhere`),
          stillLocked,
        )
        // What was switched before this run, is finished by it.
        if (context.cutOver.from === undefined) await on.transaction(...rest)
        else context.cutOver.detached = (await context.resolve()).wanted
      } else await on.transaction(...untilSwitched, ...rest)
      const { from, switchedAfter, requests = 0, failed = 0, ...more } = context.cutOver
      if (from === undefined || switchedAfter === undefined) return null
      const { durations, samples, times, detached, canary: tried } = more
      const { tag } = (await context.resolve()).wanted
      const measured = { requests, failed, durations, samples, times, canary: tried }
      return { from, to: tag, switchedAfter, ...measured, detached }
    } catch (error) {
      if (!on.check) await noteRefusal(on.uninterruptible, context, error)
      throw error
    } finally {
      await reportTraffic(on, context)
    }
  }
  if (on.check) return work(() => undefined)
  const cut = await withLock(on.view, app.name, owner, work)
  // The program on the host takes the lock, which this run has given back.
  if (cut?.detached) await finishThere(on.view, app, owner.who, { kind, wanted: cut.detached })
  return cut
}

/** Begins what needs no lock. If the lock is somebody else's, a pull that was begun ends with the connection. */
function begun(
  on: OnHost<unknown>,
  { app, target, fixedTarget = false }: ReleaseOptions,
): Pick<ReleaseOptions, 'target'> & Pick<ReleaseContext, 'early'> {
  if (!fixedTarget || on.check) return { target }
  let first: Promise<ReleaseTarget> | undefined = target(on.view)
  return {
    // Without a rejection that nobody handles: the release itself asks for the same answer, and once more if need be.
    early: first.then((found) => pullEarly(on.view, app, found)).catch(() => undefined),
    target: (host) => {
      const answer = first ?? target(host)
      first = undefined
      return answer
    },
  }
}

function contextOf(
  host: Host,
  { app, kind, signal, target, reason, retryBad = false }: ReleaseOptions,
  who: string,
  more: Pick<ReleaseContext, 'assertLockHeld' | 'early'>,
): ReleaseContext {
  let resolution: Promise<ResolvedRelease> | undefined
  let followed: Promise<string | null> = Promise.resolve(null)
  const resolve = async (): Promise<ResolvedRelease> => {
    const wanted = await target(host)
    const released = asReleased(app, wanted)
    // Asked before the release and not after it: what is pushed meanwhile is left for the poller to release.
    followed =
      kind === 'release' && wanted.tag === app.follow && wanted.from === undefined
        ? Promise.resolve(wanted.digest)
        : followedDigest(host, released)
    const [config, state, history] = await Promise.all([
      configOf(host, released),
      observe(host, app.name),
      host.read(historyFile(app.name)),
    ])
    const image = await sameImage(host, state, released, { ...wanted, config })
    const final = { tag: wanted.tag, ...image, config }
    // What an interrupted run has left live is finished, or taken back by a step.
    const retried = retryBad || (state.live !== null && isWanted(state.slots[state.live], final))
    const refusal = retried ? undefined : refusalOf(parseHistory(history), final)
    return { app: released, wanted: final, ...(refusal && { refusal }) }
  }
  /** Its answer is kept. */
  const once = (): Promise<ResolvedRelease> =>
    (resolution ??= resolve().catch((error: unknown) => {
      // After a lost connection the same step runs again, and must not get the same error again.
      resolution = undefined
      throw error
    }))
  return {
    app,
    kind,
    who,
    ...(reason !== undefined && { reason }),
    signal,
    ...more,
    followed: () => followed,
    cutOver: {},
    seen: new Observation(app.name),
    resolve: once,
    pulled: async (view) => {
      const found = await once()
      const image = await sameImage(view, await observe(view, app.name), found.app, found.wanted)
      resolution = Promise.resolve({ ...found, wanted: { ...found.wanted, ...image } })
    },
  }
}

/**
 * The first step, which changes nothing: it fails if it is not known what to release, the host is not set up, or the
 * same was refused before.
 */
const resolved = ({ app, kind, resolve }: ReleaseContext): Task =>
  task({
    name: 'resolve',
    check: async () => {
      const { refusal, wanted } = await resolve()
      if (refusal) throw refusedBefore(app.name, { kind, tag: wanted.tag }, refusal)
      return null
    },
    apply: async () => undefined,
  })

type Image = Pick<Wanted, 'digest' | 'from'>

/**
 * The image to release: that of the live release, if the target is the same image for this platform under another
 * digest (build attestations change the digest of an image index though the image is the same), or by another way.
 */
export async function sameImage(
  host: HostView,
  state: AppState,
  app: App,
  { digest, from, config }: Omit<Wanted, 'tag'>,
): Promise<Image> {
  const target: Image = { digest, ...(from && { from }) }
  const live = state.live && state.slots[state.live]
  if (!live || live.digest === digest || live.config !== config) return target
  const { stdout } = await host.$({
    nothrow: true,
  })`docker image inspect -f ${'{{.Id}}'} ${reference({ app, wanted: { tag: '', config, ...target } })} 2>/dev/null`
  return stdout.trim() === live.image ? { digest: live.digest, ...(live.from && { from: live.from }) } : target
}
