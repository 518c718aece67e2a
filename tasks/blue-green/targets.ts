import { CutoverError, type Host } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { paths } from '../paths.ts'
import { configOf } from './config.ts'
import { historyFile, lastGood, parseHistory, releaseOfTag } from './history.ts'
import { observe } from './observe.ts'
import { type ReleaseTarget, resolveTag } from './resolve.ts'

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
