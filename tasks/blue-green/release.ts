import { hostname, userInfo } from 'node:os'
import { BarrierError, CutoverError, type Host, type OnHost } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { paths } from '../paths.ts'
import { configOf } from './config.ts'
import type { ReleaseContext } from './context.ts'
import { switchSteps } from './cut-over.ts'
import { finishSteps } from './finish.ts'
import { historyFile, lastGood, parseHistory, type Release, releaseOfTag } from './history.ts'
import { type Owner, withLock } from './lock.ts'
import { observe } from './observe.ts'
import { prepareSteps } from './prepare.ts'
import { appendHistory, noteFollowed } from './record.ts'
import { RefusedError } from './refused.ts'
import { followedDigest, type ReleaseTarget, resolveTag } from './resolve.ts'

/** Who releases: the person or the poller, as the host's history and lock show it. */
export const releaser = (): Pick<Owner, 'who' | 'where'> => ({
  who: process.env.CUTOVER_WHO ?? userInfo().username,
  where: process.env.CUTOVER_WHERE ?? hostname(),
})

export interface ReleaseOptions {
  app: App
  /** Whether it has a database network. */
  backend: boolean
  target: ReleaseTarget
  kind: Release['kind']
  signal: AbortSignal
}

/**
 * Makes a target the live release of an app on one host, together with the other hosts of the batch.
 * Everyone comes through here: the deploy playbook, the poller, and a person on the host.
 * @throws TaskError | UndoError; the release that served before then serves on.
 */
export async function release(
  on: OnHost<unknown>,
  { app: settings, backend, target, kind, signal }: ReleaseOptions,
): Promise<void> {
  const host = on.view
  const app = asReleased(settings, target)
  const owner = { ...releaser(), why: `${kind} ${target.tag}` }
  const work = async (held: () => void): Promise<void> => {
    const stillOurs = { wait: 'lock', until: async () => held() }
    // A listing wants the names of the steps alone.
    const config = on.listing ? '' : await configOf(host, app)
    const wanted = { ...target, digest: on.listing ? '' : await sameImage(host, app, target, config), config }
    // Before the work, and not after it: what is pushed meanwhile is news.
    const followed =
      kind === 'release' && target.tag === app.follow
        ? target.digest
        : on.listing
          ? null
          : await followedDigest(host, app)
    const context: ReleaseContext = {
      app,
      backend,
      wanted,
      kind,
      who: owner.who,
      signal,
      followed,
      assertLockHeld: held,
    }
    try {
      await on.transaction(
        ...prepareSteps(context),
        on.barrier(`${app.name} is ready everywhere`),
        stillOurs,
        ...switchSteps(context),
        on.barrier(`${app.name} has proven itself everywhere`),
        stillOurs,
        ...finishSteps(context),
      )
    } catch (error) {
      if (isRefused(error)) await noteRefusal(on.uninterruptible, context)
      throw error
    }
  }
  if (on.check) await work(() => undefined)
  else await withLock(host, app.name, owner, work)
}

/** The app as a release knew it: its port and health path belong to its image, all else to the inventory. */
export const asReleased = (
  app: App,
  { port = app.port, path = app.health.path }: Pick<ReleaseTarget, 'port' | 'path'>,
): App => ({ ...app, port, health: { ...app.health, path } })

/**
 * The digest to release: the live one's, if the target is the very same image for this platform under another digest.
 * Build attestations change an index though nothing in the image did.
 */
async function sameImage(host: Host, app: App, target: ReleaseTarget, config: string): Promise<string> {
  const seen = await observe(host, app.name)
  const live = seen.live && seen.slots[seen.live]
  if (!live || live.digest === target.digest || live.config !== config) return target.digest
  const { stdout } = await host.$({
    nothrow: true,
  })`docker image inspect -f ${'{{.Id}}'} ${`${app.image}@${target.digest}`} 2>/dev/null`
  return stdout.trim() === live.image ? live.digest : target.digest
}

/** Whether a release was refused, here or on a host whose failure held this one back: no poller is to try it again. */
const isRefused = (error: unknown): boolean =>
  error instanceof RefusedError ||
  (error instanceof BarrierError && error.because.some(isRefused)) ||
  (error instanceof Error && isRefused(error.cause))

/** The history keeps what was refused, and the poller does not try the same digest again. */
async function noteRefusal(host: Host, { app, wanted, kind, who, followed }: ReleaseContext): Promise<void> {
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

/** The live release of a host, to be made again with the settings of now. @throws CutoverError if there is none, or no setup */
export async function liveTarget(host: Host, app: App): Promise<ReleaseTarget> {
  const { live, slots: there } = await observe(host, app.name)
  const slot = live && there[live]
  if (slot) return { tag: slot.tag, digest: slot.digest }
  await configOf(host, app)
  throw new CutoverError(`${app.name} has no release on ${host.name} yet`, { hint: 'Name the first one: --tag TAG' })
}

/** What a rollback goes back to on a host: the tag that is named, or the last good release. @throws CutoverError */
export async function rollbackTarget(host: Host, app: App, tag: string | undefined): Promise<ReleaseTarget> {
  const history = parseHistory(await host.read(historyFile(app.name)))
  const seen = await observe(host, app.name)
  const live = seen.live && seen.slots[seen.live]
  if (tag !== undefined) return releaseOfTag(history, tag) ?? resolveTag(host, app, tag)
  const last = lastGood(history, live?.digest ?? '')
  if (last) return last
  throw new CutoverError(`${app.name} has no release to go back to on ${host.name}`, {
    hint: `Its history (${paths.app(app.name)}/releases.jsonl): ${history.map((each) => `${each.tag} ${each.result}`).join(', ') || 'empty'}.\nName a tag that the registry has: npx tsx playbooks/rollback.ts TAG`,
  })
}
