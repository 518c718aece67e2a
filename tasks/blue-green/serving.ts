import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, type Host, type HostView, type Task, task } from '../../runner/index.ts'
import { containerName, type Slot, slots } from '../app/index.ts'
import { paths } from '../paths.ts'
import { keptRouteFile, parseRoute, routeFile } from '../proxy/index.ts'
import { historyFile, parseHistory, type Release } from './history.ts'
import { type Owner, withLock } from './lock.ts'
import { observe } from './observe.ts'
import type { AppState, SlotState } from './state.ts'

/**
 * The slot that is to serve: the one that the route file names, if its container is there; else the one of the newest
 * good release that has one. null where nothing has served yet, or nothing is left of it.
 */
export function shouldServe(seen: AppState, history: readonly Release[]): Slot | null {
  if (seen.live !== null && seen.slots[seen.live]) return seen.live
  const stays = (slot: Slot): boolean => seen.slots[slot]!.running && !seen.slots[slot]!.stopping
  const there = slots.filter((slot) => seen.slots[slot]).sort((a, b) => Number(stays(b)) - Number(stays(a)))
  for (const { digest } of history.filter(({ result }) => result === 'good').toReversed()) {
    const slot = there.find((each) => seen.slots[each]!.digest === digest)
    if (slot) return slot
  }
  return null
}

/** What is wrong with how an app is served. */
export interface Trouble {
  slot: Slot
  /** For a person, each a sentence without its full stop. */
  problems: string[]
  /** Whether its container has to be started. */
  start: boolean
  /** The route file that has to be written; null where it is right, or nobody knows it. */
  route: string | null
}

/** @param kept the copy of a route that was kept for a slot of an older Cutover; null if there is none */
export function troubleOf(
  app: string,
  seen: AppState,
  history: readonly Release[],
  kept: string | null = null,
): Trouble | null {
  const slot = shouldServe(seen, history)
  if (slot === null) return null
  const container = seen.slots[slot]!
  const expected = container.route || (seen.live === slot ? seen.route : parseRoute(app, kept) === slot ? kept : null)
  const route = expected === seen.route ? null : expected
  const words = [
    ...(container.running ? [] : [`${containerName(app, slot)} does not run (it ended with ${container.exitCode})`]),
    ...(route === null && seen.live === slot ? [] : [damage(seen)]),
  ]
  return words.length === 0 ? null : { slot, problems: words, start: !container.running, route }
}

function damage({ route, live, slots: there }: AppState): string {
  if (route === null) return 'its route file is missing'
  if (route.trim() === '') return 'its route file is empty'
  if (live === null) return 'its route file names no slot'
  return there[live] ? 'its route file was changed' : `its route file names ${live}, which is gone`
}

/** Looks for trouble on a host. */
export async function lookForTrouble(host: HostView, app: string): Promise<Trouble | null> {
  const [seen, history, kept] = await Promise.all([
    observe(host, app),
    host.read(historyFile(app)),
    host.read(keptRouteFile(app)),
  ])
  return troubleOf(app, seen, parseHistory(history), kept)
}

/** Milliseconds that a slot which was started again has until it answers, before its route is written all the same. */
const patience = 60_000

/** The route file is what it was. A release begins with it: whether the slot runs is not its concern, it brings another. */
export function routeRestored(app: string): Task {
  return task<Change & { route: string }>({
    name: 'route',
    check: async (host) => {
      const trouble = await lookForTrouble(host, app)
      return trouble === null || trouble.route === null
        ? null
        : { summary: trouble.problems.join(', '), route: trouble.route }
    },
    apply: (host, { route }) => host.write(routeFile(app), route, { staging: paths.staging }),
  })
}

/** What served last is served: its container runs, and the route file is what it was. Nothing else is released by this. */
function served(app: string): Task {
  return task<Change & Trouble>({
    name: `${app} is served`,
    check: async (host) => {
      const trouble = await lookForTrouble(host, app)
      return trouble && { ...trouble, summary: trouble.problems.join(', ') }
    },
    apply: async (host, { slot, start, route }) => {
      if (start) await startAgain(host, app, slot, route !== null)
      if (route !== null) await host.write(routeFile(app), route, { staging: paths.staging })
    },
  })
}

/** An app is served by what served it last; mended while nobody releases. @throws CutoverError if somebody does */
export function servedWhileUnlocked(app: string, owner: Owner): Task {
  const inner = served(app)
  return {
    ...inner,
    apply: (host) =>
      withLock(host, app, owner, async () => {
        // A release that ended meanwhile has changed what is to be done.
        const change = await inner.check(host)
        if (change) await inner.apply(host, change)
      }),
  }
}

async function startAgain(host: Host, app: string, slot: Slot, wait: boolean): Promise<void> {
  const name = containerName(app, slot)
  await host.$`${['docker', 'update', '--restart', 'unless-stopped', name]} >/dev/null; ${['docker', 'start', name]} >/dev/null`
  const well = (seen: SlotState | null): boolean => seen?.health === 'healthy' || seen?.health === 'none'
  const deadline = Date.now() + patience
  while (wait && !well((await observe(host, app)).slots[slot]) && Date.now() < deadline) await sleep(500)
}
