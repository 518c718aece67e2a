import { hostname, userInfo } from 'node:os'
import { BarrierError, type Host, type HostView, type OnHost, type Task, task } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { configOf } from './config.ts'
import type { ReleaseContext, ResolvedRelease } from './context.ts'
import { switchSteps } from './cut-over.ts'
import { finishSteps } from './finish.ts'
import type { Release } from './history.ts'
import { type Owner, withLock } from './lock.ts'
import { observe } from './observe.ts'
import { prepareSteps } from './prepare.ts'
import { appendHistory, noteFollowed } from './record.ts'
import { RefusedError } from './refused.ts'
import { followedDigest, type ReleaseTarget } from './resolve.ts'

/** Who releases: the person or the poller, as the host's history and lock show it. */
export const releaser = (): Pick<Owner, 'who' | 'where'> => ({
  who: process.env.CUTOVER_WHO ?? userInfo().username,
  where: process.env.CUTOVER_WHERE ?? hostname(),
})

export interface ReleaseOptions {
  app: App
  /** What is to be released: asked once the release has begun. @throws CutoverError */
  target: (host: Host) => Promise<ReleaseTarget>
  /** For the lock: 'v1.2.0', or what is known before the target is. */
  title: string
  kind: Release['kind']
  signal: AbortSignal
}

/**
 * Makes a target the live release of an app on one host, together with the other hosts of the batch.
 * The deploy playbook, the poller, and a person on the host all come through here.
 * @throws TaskError | UndoError; the release that served before then serves on.
 */
export async function release(on: OnHost<unknown>, options: ReleaseOptions): Promise<void> {
  const { app, kind } = options
  const owner = { ...releaser(), why: `${kind} ${options.title}` }
  const work = async (assertLockHeld: () => void): Promise<void> => {
    const context = contextOf(on.view, options, owner.who, assertLockHeld)
    const stillLocked = { wait: 'lock', until: async () => assertLockHeld() }
    try {
      await on.transaction(
        resolved(context),
        ...prepareSteps(context),
        on.barrier(`${app.name} is ready everywhere`),
        stillLocked,
        ...switchSteps(context),
        on.barrier(`${app.name} has proven itself everywhere`),
        stillLocked,
        ...finishSteps(context),
      )
    } catch (error) {
      if (isRefused(error)) await noteRefusal(on.uninterruptible, context)
      throw error
    }
  }
  if (on.check) await work(() => undefined)
  else await withLock(on.view, app.name, owner, work)
}

function contextOf(
  host: Host,
  { app, kind, signal, target }: ReleaseOptions,
  who: string,
  assertLockHeld: () => void,
): ReleaseContext {
  let known: Promise<ResolvedRelease> | undefined
  const resolve = async (): Promise<ResolvedRelease> => {
    const wanted = await target(host)
    const released = asReleased(app, wanted)
    const config = await configOf(host, released)
    const digest = await sameImage(host, released, wanted, config)
    // Before the work and not after it: what is pushed meanwhile is news to the poller.
    const followed =
      kind === 'release' && wanted.tag === app.follow ? wanted.digest : await followedDigest(host, released)
    return { app: released, wanted: { tag: wanted.tag, digest, config }, followed }
  }
  return {
    app,
    kind,
    who,
    signal,
    assertLockHeld,
    resolve: () =>
      (known ??= resolve().catch((error: unknown) => {
        // After a lost connection the same step runs again, and asks again.
        known = undefined
        throw error
      })),
  }
}

/** The first step: what is to be released is known, and the host is set up for it. */
const resolved = ({ resolve }: ReleaseContext): Task =>
  task({
    name: 'resolve',
    check: async () => {
      await resolve()
      return null
    },
    apply: async () => undefined,
  })

/** The app as a release knew it: its port and health path belong to its image, all else to the inventory. */
export const asReleased = (
  app: App,
  { port = app.port, path = app.health.path }: Pick<ReleaseTarget, 'port' | 'path'>,
): App => ({ ...app, port, health: { ...app.health, path } })

/**
 * The digest to release: the live one's, if the target is the very same image for this platform under another digest.
 * Build attestations change an index though nothing in the image did.
 */
async function sameImage(host: HostView, app: App, target: ReleaseTarget, config: string): Promise<string> {
  const seen = await observe(host, app.name)
  const live = seen.live && seen.slots[seen.live]
  if (!live || live.digest === target.digest || live.config !== config) return target.digest
  const { stdout } = await host.$({
    nothrow: true,
  })`docker image inspect -f ${'{{.Id}}'} ${`${app.image}@${target.digest}`} 2>/dev/null`
  return stdout.trim() === live.image ? live.digest : target.digest
}

/** Whether a release was refused, here or on a host whose failure stopped this one: the poller does not try it again. */
const isRefused = (error: unknown): boolean =>
  error instanceof RefusedError ||
  (error instanceof BarrierError && error.because.some(isRefused)) ||
  (error instanceof Error && isRefused(error.cause))

/** The history keeps what was refused, and the poller does not try the same digest again. */
async function noteRefusal(host: Host, { app, resolve, kind, who }: ReleaseContext): Promise<void> {
  const { wanted, followed } = await resolve()
  await appendHistory(host, app.name, {
    at: new Date().toISOString(),
    tag: wanted.tag,
    digest: wanted.digest,
    who,
    kind,
    result: 'refused',
  })
  if (wanted.tag === app.follow && followed !== null) await noteFollowed(host, app.name, followed)
}
