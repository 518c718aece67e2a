import { commandLine, CutoverError, type Host, type OnHost } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { canaryIn } from '../proxy/index.ts'
import { type Consent, crossed, verifyCrossing } from './crossed.ts'
import { historyFile, lastGood, parseHistory, type Release, releaseOfTag } from './history.ts'
import { type ReleaseTarget, resolveTag, verifySigned } from './resolve.ts'
import { configOf } from './slots/config.ts'
import { observe } from './slots/observe.ts'

/**
 * The live release of a host, to be released again with the current settings.
 * @throws CutoverError if there is none, or the app is not set up
 */
export async function liveTarget(host: Host, app: App): Promise<ReleaseTarget> {
  const { live, slots: containers } = await observe(host, app.name)
  const slot = live && containers[live]
  if (slot) return { tag: slot.tag, digest: slot.digest, ...(slot.from && { from: slot.from }) }
  await configOf(host, app)
  throw new CutoverError(`${app.name} has no release on ${host.name} yet`, { hint: 'Name the first one: --tag TAG' })
}

/**
 * What a tag names, for several hosts. The registry is asked once: if the tag moves meanwhile, all of them still get the
 * same release.
 * @throws CutoverError as resolveTag does
 */
export function tagOnce(
  tag: string,
): (host: Host, app: App, on: Pick<OnHost<unknown>, 'once'>) => Promise<ReleaseTarget> {
  let known: { target: ReleaseTarget; keys: string | undefined } | undefined
  return async (host, app, on) => {
    const keys = app.verify?.join()
    known ??= await on.once('the digest of the tag', async () => ({ target: await resolveTag(host, app, tag), keys }), {
      otherwiseNext: true,
    })
    // A group of hosts may have keys of its own.
    if (known.keys !== keys) await verifySigned(host, app, known.target)
    return known.target
  }
}

/** What a rollback that was cut off after its switch went back to, if that serves: the next one finishes it. */
function cutOff(history: readonly Release[], live: string): Release | undefined {
  const last = history.at(-1)
  return last?.result === 'begun' && last.digest === live
    ? history.findLast(({ digest, result }) => digest === live && result === 'good')
    : undefined
}

/**
 * What a rollback on a host goes back to: the given tag, or the last good release before the live one. If a canary was
 * left beside that, it is the live one itself: what the rollback takes back is the canary.
 * @throws CutoverError if there is none, or the database was migrated since and nobody consents to that
 */
export async function rollbackTarget(
  host: Host,
  app: App,
  tag: string | undefined,
  consent: Consent,
): Promise<ReleaseTarget> {
  const history = parseHistory(await host.read(historyFile(app.name)))
  const state = await observe(host, app.name)
  const live = state.live && state.slots[state.live]
  if (tag === undefined && live && canaryIn(state.route) !== null) return liveTarget(host, app)
  const from = live?.digest ?? ''
  const last = tag === undefined ? (cutOff(history, from) ?? lastGood(history, from)) : releaseOfTag(history, tag)
  if (last) {
    verifyCrossing(app, last.tag, crossed(history, { to: last.digest, from }, app), consent)
    return last
  }
  if (tag !== undefined) return resolveTag(host, app, tag)
  throw new CutoverError(`${app.name} has no release to go back to on ${host.name}`, {
    hint:
      `Its history (${historyFile(app.name)}): ` +
      `${history.map((each) => `${each.tag} ${each.result}`).join(', ') || 'empty'}.\n` +
      `Name a tag that the registry has: ${commandLine('rollback', 'TAG')}`,
  })
}
