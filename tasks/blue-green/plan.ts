import type { Host, OnHost } from '../../runner/index.ts'
import { type App, containerName, type Settings } from '../app/index.ts'
import { freezeOf } from './held.ts'
import { historyFile, parseHistory, type Release } from './history.ts'
import { environmentChanges, setupFirst } from './plan-environment.ts'
import { refusalOf, refusalText } from './remembered.ts'
import { sameImage } from './release.ts'
import { asReleased, type ReleaseTarget } from './resolve.ts'
import { configOf, settingsOf } from './slots/config.ts'
import { observe } from './slots/observe.ts'
import { reference } from './slots/slot-container.ts'
import { type AppState, isWanted, migrationOf, planSlot, type SlotState, type Wanted } from './slots/state.ts'

export interface Planned {
  app: App
  target: ReleaseTarget
  /** The settings of the app in the inventory, to compare with what setup left on the host. */
  inventory: Settings['apps'][string] | undefined
}

/** What a plan is made of. */
interface Seen {
  app: App
  wanted: Wanted
  state: AppState
  history: readonly Release[]
}

/**
 * What a release would do on a host, in lines for a person: image, settings, environment, migration, slot, and what would
 * stop it. It changes nothing, and takes no lock.
 * @throws CutoverError if the app is not set up there
 */
export async function planOn(on: OnHost<unknown>, { app, target, inventory }: Planned): Promise<string[]> {
  const host = on.view
  const released = asReleased(app, target)
  const [config, state, text] = await Promise.all([
    configOf(host, released),
    observe(host, app.name),
    host.read(historyFile(app.name)),
  ])
  const image = await sameImage(host, state, released, { ...target, config })
  const seen: Seen = {
    app: released,
    wanted: { tag: target.tag, ...image, config },
    state,
    history: parseHistory(text),
  }
  const first = await setupFirst(host, app, inventory)
  const live = state.live === null ? null : state.slots[state.live]
  if (live?.running && isWanted(live, seen.wanted))
    return [`${app.name} ${shown(seen.wanted)} serves already, with these settings: nothing to release`, ...first]
  return [
    `${app.name} ${live ? `${shown(live)} → ` : ''}${shown(seen.wanted)}`,
    ...(await imageLine(host, seen)),
    slotLine(seen),
    ...(live ? settingsLines(live, released) : []),
    ...(live && state.live ? await environmentChanges(host, app.name, containerName(app.name, state.live)) : []),
    ...migrationLines(seen),
    ...(await hindrances(host, seen)),
    ...first,
  ]
}

const shown = ({ tag, digest }: Pick<Wanted, 'tag' | 'digest'>): string =>
  `${tag} (${digest.replace('sha256:', '').slice(0, 12)})`

async function imageLine(host: Host, seen: Seen): Promise<string[]> {
  const { exitCode } = await host.$({ nothrow: true })`docker image inspect ${reference(seen)} >/dev/null 2>&1`
  return [exitCode === 0 ? 'image: it is on the host' : 'image: is pulled']
}

function slotLine({ app, state, wanted }: Seen): string {
  const { slot, old } = planSlot(state, wanted)
  return `slot: ${containerName(app.name, slot)}${old === null ? '' : `, beside ${containerName(app.name, old)}`}`
}

/** What differs between the settings that the live slot was made with and those of now. */
function settingsLines({ settings }: SlotState, app: App): string[] {
  if (settings === undefined) return ['settings: not known, for an older Cutover made what serves']
  const [before, after] = [flat(JSON.parse(settings)), flat(JSON.parse(JSON.stringify(settingsOf(app))))]
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key))
  return keys.map((key) => `settings: ${key} ${before.get(key) ?? 'not set'} → ${after.get(key) ?? 'not set'}`)
}

/** The values of nested settings as JSON, by their path: `health.path` → `"/health"`. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...flat(inner, path === '' ? key : `${path}.${key}`)]),
  )
}

/** Whether the migration runs, as far as the history tells: what is in an image is not known before it is pulled. */
function migrationLines({ app, wanted, state, history }: Seen): string[] {
  if (!app.migrate) return []
  const { command, files } = app.migrate
  const runs = `\`${command.join(' ')}\``
  if (migrationOf(state, wanted)?.done) return ['migration: not needed, it ran for this release']
  if (files === undefined) return [`migration: ${runs} runs; whether it has anything to do is not known`]
  const last = history.findLast(({ result }) => result === 'good')
  const known = history.findLast((each) => each.digest === wanted.digest && each.migration !== undefined)
  if (last?.migration === undefined) return [`migration: ${runs} runs`]
  if (known === undefined) return [`migration: ${runs} runs, unless ${files} in the image is that of ${last.tag}`]
  return [
    known.migration === last.migration
      ? `migration: not needed, ${files} is that of ${last.tag}`
      : `migration: ${runs} runs`,
  ]
}

/** What would stop the release. */
async function hindrances(host: Host, { app, wanted, history }: Seen): Promise<string[]> {
  const [frozen, refusal] = [await freezeOf(host, app.name), refusalOf(history, wanted)]
  return [
    ...(frozen === null ? [] : [`stops: ${frozen}; --force --reason TEXT releases all the same`]),
    ...(refusal ? [`stops: refused here before (${refusalText(refusal)}); --retry-bad tries it again`] : []),
  ]
}
