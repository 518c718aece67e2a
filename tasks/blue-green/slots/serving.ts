import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, CutoverError, type Host, type HostView, type Task, task } from '../../../runner/index.ts'
import { containerName, type Slot, slots } from '../../app/index.ts'
import { howItEnded } from '../../docker/index.ts'
import { paths } from '../../paths.ts'
import { canaryIn, keptRouteFile, parseRoute, routeFile } from '../../proxy/index.ts'
import { historyFile, parseHistory, type Release } from '../history.ts'
import { type Owner, withLock } from '../lock.ts'
import type { ReleaseContext } from '../context.ts'
import { observe } from './observe.ts'
import { markArgv } from './restart-policy.ts'
import { routed } from './routed.ts'
import type { AppState, SlotState } from './state.ts'

interface Serving {
  slot: Slot
  container: SlotState
}

/**
 * The slot that is to serve: the one that the route file names, if its container exists; else the one of the newest
 * good release that has a container. null if nothing has served yet, or no such container is left.
 */
function shouldServe({ live, slots: states }: AppState, history: readonly Release[]): Serving | null {
  const existing = slots.flatMap((slot) => {
    const container = states[slot]
    return container ? [{ slot, container }] : []
  })
  const routed = existing.find(({ slot }) => slot === live)
  if (routed) return routed
  const stays = ({ container }: Serving): boolean => container.running && !container.stopping
  const candidates = existing.toSorted((a, b) => Number(stays(b)) - Number(stays(a)))
  for (const { digest } of history.filter(({ result }) => result === 'good').toReversed()) {
    const found = candidates.find(({ container }) => container.digest === digest)
    if (found) return found
  }
  return null
}

/** What is wrong with how an app is served. */
export interface Trouble {
  /** The slot that is to serve. */
  slot: Slot
  /** For a person, each a sentence without its full stop. */
  problems: string[]
  /** Whether its container has to be started. */
  start: boolean
  /** The route file that has to be written; null if it is right, or not known. */
  route: string | null
  /** The slot to which the route gives a share of the requests, as a canary that nobody watches any more. */
  canary?: Slot
}

/**
 * What is wrong with how an app is served; null: nothing, or nothing has served yet.
 * @param kept the copy of a route that was kept for a slot of an older Cutover; null if there is none
 */
export function troubleOf(
  app: string,
  state: AppState,
  history: readonly Release[],
  kept: string | null = null,
): Trouble | null {
  const serving = shouldServe(state, history)
  if (serving === null) return null
  const { slot, container } = serving
  const expected = container.route || (state.live === slot ? state.route : parseRoute(app, kept) === slot ? kept : null)
  const route = expected === state.route ? null : expected
  const problems = [
    ...(container.running
      ? []
      : [`${containerName(app, slot)} does not run (${howItEnded(container.exitCode, container.outOfMemory)})`]),
    ...(route === null && state.live === slot ? [] : [routeDamage(state)]),
  ]
  const canary = canaryIn(state.route)
  return problems.length === 0
    ? null
    : { slot, problems, start: !container.running, route, ...(canary && { canary: canary.slot }) }
}

function routeDamage({ route, live, slots: states }: AppState): string {
  if (route === null) return 'its route file is missing'
  if (route.trim() === '') return 'its route file is empty'
  if (canaryIn(route) !== null) return 'its route is that of a canary'
  if (live === null) return 'its route file names no slot'
  return states[live] ? 'its route file was changed' : `its route file names ${live}, which is gone`
}

/** What is wrong on a host with how an app is served; null: nothing. */
export async function lookForTrouble(host: HostView, app: string, look = observe): Promise<Trouble | null> {
  const [state, history, kept] = await Promise.all([
    look(host, app),
    host.read(historyFile(app)),
    host.read(keptRouteFile(app)),
  ])
  return troubleOf(app, state, parseHistory(history), kept)
}

/** Milliseconds to wait until a slot that was started again is healthy; after that its route is written anyway. */
const patience = 60_000

/**
 * The route file of the slot that serves is undamaged. A release begins with this; it does not start a slot that has
 * stopped, because it brings a new one.
 */
export function routeRestored({ app: { name: app }, seen }: Pick<ReleaseContext, 'app' | 'seen'>): Task {
  return task<Change & { route: string; service?: string }>({
    name: 'route',
    check: async (host) => {
      const trouble = await lookForTrouble(host, app, (view) => seen.state(view))
      return trouble === null || trouble.route === null
        ? null
        : {
            summary: trouble.problems.join(', '),
            route: trouble.route,
            ...(trouble.canary && { service: containerName(app, trouble.slot) }),
          }
    },
    apply: async (host, { route, service }) => {
      await host.write(routeFile(app), route, { staging: paths.staging })
      // The release may stop the slot of a canary next: it gets no requests any more by then.
      if (service !== undefined) await routed(host, app, service)
    },
  })
}

/**
 * What served last serves again, after it was stopped: its container runs and is healthy, and Traefik has its route.
 * @throws CutoverError if it does not become healthy; then it has no route
 */
export async function serveAgain(host: Host, app: string): Promise<void> {
  const trouble = await lookForTrouble(host, app)
  if (trouble === null) return
  const { slot, start, route } = trouble
  if (start && !(await startAgain(host, app, slot, true))) {
    const name = containerName(app, slot)
    const { stdout } = await host.$({ nothrow: true })`docker logs --tail 20 ${name} 2>&1`
    throw new CutoverError(`${name} was started again, and is not healthy within ${patience / 1000} s`, {
      hint: `The last lines of its log:\n${stdout.trim()}`,
    })
  }
  if (route === null) return
  await host.write(routeFile(app), route, { staging: paths.staging })
  await routed(host, app, containerName(app, slot))
}

/**
 * What served last is served: its container runs, and its route file is undamaged. This never releases anything else.
 */
function served(app: string): Task {
  return task<Change & Trouble>({
    name: `${app} is served`,
    check: async (host) => {
      const trouble = await lookForTrouble(host, app)
      return trouble && { ...trouble, summary: trouble.problems.join(', ') }
    },
    apply: async (host, { slot, start, route, canary }) => {
      if (start) await startAgain(host, app, slot, route !== null)
      if (route !== null) await host.write(routeFile(app), route, { staging: paths.staging })
      if (canary !== undefined) await (await import('../canary/left.ts')).stopLeft(host, app, canary)
    },
  })
}

/**
 * The same, with the repair made under the release lock. Its apply throws a CutoverError while somebody else releases.
 */
export function servedWhileUnlocked(app: string, owner: Owner): Task {
  const inner = served(app)
  return {
    ...inner,
    apply: (host) =>
      withLock(host, app, owner, async () => {
        // A release that ended while this waited for the lock may have changed what is to be done.
        const change = await inner.check(host)
        if (change) await inner.apply(host, change)
      }),
  }
}

/**
 * @param waitUntilHealthy for at most `patience`
 * @returns whether it is healthy; if that was waited for
 */
async function startAgain(host: Host, app: string, slot: Slot, waitUntilHealthy: boolean): Promise<boolean> {
  const name = containerName(app, slot)
  await host.$`${markArgv(app, slot, 'serving')} >/dev/null; ${['docker', 'start', name]} >/dev/null`
  const isHealthy = async (): Promise<boolean> => {
    const health = (await observe(host, app)).slots[slot]?.health
    return health === 'healthy' || health === 'none'
  }
  const deadline = performance.now() + patience
  if (!waitUntilHealthy) return true
  while (!(await isHealthy())) {
    if (performance.now() >= deadline) return false
    await sleep(500)
  }
  return true
}
