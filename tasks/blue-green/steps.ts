import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, CutoverError, type Host, type HostView, type Task, task } from '../../runner/index.ts'
import { bearsRestart, inspect, pull } from '../docker.ts'
import { seeFile } from '../file.ts'
import { platformFact } from '../platform.ts'
import { backendNetwork } from '../postgres.ts'
import { type App, paths, publicNetwork } from '../settings.ts'
import { timeouts } from '../timeouts.ts'
import type { ReleaseContext } from './context.ts'
import { databasePassword, formerPassword } from './database-password.ts'
import { historyFile, parseHistory, type Release } from './history.ts'
import { curl, diagnose, hostOf, probe } from './probe.ts'
import { keptRouteFile, routeFile, routeOfSlot } from './route.ts'
import { routed } from './serving.ts'
import { createArgv, dockerWithEnvironment, environmentFile, established, exportsFile, leave, leaveUnrouted, observe, reference, removeUnrouted, withdraw } from './slot.ts'
import { containerName, decide, isWanted, migrationName, other, parseRoute, type Plan, type Seen, type Slot } from './state.ts'
import { answered, type Answered, router, throttle } from './traefik-api.ts'

/** A release that did not pass: it is noted, so that the poller does not try it again. */
export class RefusedError extends CutoverError {}

interface SlotChange extends Change {
  slot: Slot
}

/** The steps that make a release live without losing a request, up to where every host of a fleet is ready. */
export const prepareSteps = (context: ReleaseContext): Task[] => [routed(context.app.name), pullImage(context), ...(context.backend ? [databasePassword(context)] : []), ...(context.kind === 'release' && context.app.migrate ? [migrate(context)] : []), start(context), gate(context)].map(bearsRestart)

/** The steps from the switch to where it has proven itself; still undone if one fails. */
export const switchSteps = (context: ReleaseContext): Task[] => {
  const before: { errors?: Answered } = {}
  return [switchRoute(context, before), confirm(context), bake(context, before)].map(bearsRestart)
}

/** The steps after which there is no way back but a rollback. */
export const finishSteps = (context: ReleaseContext): Task[] => [drain(context), ...(context.backend ? [formerPassword(context)] : []), record(context), prune(context)].map(bearsRestart)

/** Whether the plan's slot is, on this host, already the release that is wanted. */
async function planned(host: HostView, { app, wanted }: ReleaseContext): Promise<{ seen: Seen; plan: Plan }> {
  const seen = await observe(host, app.name)
  return { seen, plan: decide(seen, wanted) }
}

/** The image is on the host, by digest, and made for it. */
function pullImage(context: ReleaseContext): Task {
  const name = reference(context)
  const seenPlatform = async (host: HostView): Promise<string> => (await host.$({ nothrow: true })`docker image inspect -f ${'{{.Os}}/{{.Architecture}}'} ${name} 2>/dev/null`).stdout.trim()
  return task<Change>({
    name: 'pull',
    check: async (host) => ((await seenPlatform(host)) === '' ? { summary: `${context.app.image}:${context.wanted.tag} ${context.wanted.digest.slice(0, 19)}` } : null),
    apply: async (host) => {
      await pull(host, name)
      const [platform, fact] = await Promise.all([seenPlatform(host), host.fact(platformFact)])
      if (platform !== fact.docker) {
        await host.$({ nothrow: true })`docker image rm ${name}`
        throw new RefusedError(`${context.app.image}:${context.wanted.tag} is for ${platform}, and this host is ${fact.docker}`, { hint: 'Build it for this platform too: templates/build.yml builds amd64 and arm64.' })
      }
    },
  })
}

/** The database is migrated by the new image, once, while the old release serves: what it does must suit both. */
function migrate(context: ReleaseContext): Task {
  const { app, wanted } = context
  const container = migrationName(app.name)
  const ours = (seen: Seen['migration']): boolean => seen?.digest === wanted.digest && seen.config === wanted.config
  return task<Change>({
    name: 'migrate',
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const done = ours(seen.migration) && !seen.migration!.running && seen.migration!.exitCode === 0
      return done || isWanted(seen.slots[plan.slot], wanted) ? null : { summary: app.migrate!.join(' ') }
    },
    apply: async (host) => {
      const { migration } = await observe(host, app.name)
      // One that a lost run left behind still works on the database: half a migration is worse than a late one.
      if (migration?.running) await host.$`docker wait ${container}`
      if (!migration?.running || !ours(migration)) {
        await host.$({ nothrow: true })`docker rm -f ${container} 2>/dev/null`
        await dockerWithEnvironment(host, app.name, ['docker', 'run', '--detach', '--name', container, '--env-file', environmentFile(app.name), '--network', context.backend ? backendNetwork(app.name) : publicNetwork, '--label', `cutover.digest=${wanted.digest}`, '--label', `cutover.config=${wanted.config}`, reference(context), ...app.migrate!])
      }
      const status = (await host.$`docker wait ${container}`).stdout.trim()
      if (status !== '0') {
        const { stdout } = await host.$`docker logs --tail 40 ${container} 2>&1`
        await host.$`docker rm -f ${container}`
        throw new RefusedError(`the migration ended with ${status}`, { hint: `Its last lines:\n${indent(stdout)}\nThe old release serves on.` })
      }
    },
  })
}

/** The new slot runs beside the old one, and nothing is routed to it. */
function start(context: ReleaseContext): Task {
  const { app, wanted } = context
  return task<SlotChange>({
    name: 'start',
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const slot = seen.slots[plan.slot]
      // A slot of an older Cutover that does not serve yet has no route of its own: it is made anew.
      return isWanted(slot, wanted) && slot!.running && (slot!.route !== '' || seen.live === plan.slot) ? null : { summary: `${containerName(app.name, plan.slot)} ${wanted.tag}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const name = containerName(app.name, slot)
      // A run that was cut off right after its switch left it running, perhaps with requests that it has begun.
      const { live, slots: there } = await observe(host, app.name)
      if (live !== slot && there[slot]?.running) await leave(host, app, slot)
      await removeUnrouted(host, app, slot)
      await dockerWithEnvironment(host, app.name, createArgv(context, slot))
      if (context.backend) await host.$`docker network connect ${backendNetwork(app.name)} ${name}`
      await host.$`docker start ${name}`
    },
    undo: (host, { slot }) => withdraw(host, context, slot),
  })
}

const answersNeeded = 3

/** The new slot is healthy by Docker's own check, has not restarted, and gives good answers in a row. */
function gate(context: ReleaseContext): Task {
  const { app } = context
  const passes = async (host: HostView, slot: Slot): Promise<string | null> => {
    const seen = await observe(host, app.name)
    const container = seen.slots[slot]
    if (!container) return 'it is gone'
    if (!container.running) return `it ended with ${container.exitCode}`
    // One that has served for weeks may have restarted in that time.
    if (container.restarts > 0 && !established(seen, slot)) return `it restarted ${container.restarts} times`
    if (container.health === 'starting' || container.health === 'unhealthy') return `Docker says ${container.health}`
    return probe(host, app, { name: containerName(app.name, slot), address: container.address }, answersNeeded)
  }
  return task<SlotChange>({
    name: 'gate',
    check: async (host) => {
      const { plan } = await planned(host, context)
      const why = await passes(host, plan.slot)
      return why === null ? null : { summary: `healthy within ${app.health.timeout} s, ${answersNeeded} good answers`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const deadline = Date.now() + app.health.timeout * 1000
      for (;;) {
        const why = await passes(host, slot)
        if (why === null) return
        const hopeless = /^(it ended|it restarted|it is gone|Docker says unhealthy)/.test(why)
        if (hopeless || Date.now() > deadline) throw await notPassed(host, context, slot, why, hopeless ? '' : `not healthy after ${app.health.timeout} s: `)
        await sleep(500, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => withdraw(host, context, slot),
  })
}

/** Why a slot does not pass, with what its health path answers or what listens in its container instead. */
async function notPassed(host: HostView, context: ReleaseContext, slot: Slot, seen: string, late: string): Promise<CutoverError> {
  const { app } = context
  const there = await observe(host, app.name)
  const [container, name] = [there.slots[slot], containerName(app.name, slot)]
  const verdict = container?.running ? await diagnose(host, app, { name, address: container.address }) : null
  const why = late + (verdict === null ? seen : seen.startsWith(app.health.path) ? verdict.why : `${seen}; ${verdict.why}`)
  if (established(there, slot)) return new CutoverError(`${name} serves this release already, and is not well: ${why}`, { hint: [...(verdict?.hint ? [verdict.hint] : []), `See what it says: docker logs ${name}`].join('\n') })
  return refused(host, context, slot, why, verdict?.hint)
}

/** What a slot said before it was refused: its log and its health log, for they go with it. */
async function refused(host: HostView, { app, wanted }: ReleaseContext, slot: Slot, why: string, hint?: string): Promise<RefusedError> {
  const name = containerName(app.name, slot)
  const [logs, containers] = [(await host.$({ nothrow: true })`docker logs --tail 100 ${name} 2>&1`).stdout, await inspect(host, [name])]
  const health = containers[0]?.State.Health?.Log?.slice(-3).map((entry) => `exit ${entry.ExitCode}: ${entry.Output.trim()}`) ?? []
  return new RefusedError(`${app.name} ${wanted.tag} is refused: ${why}`, {
    hint: [...(hint ? [hint] : []), ...(health.length > 0 ? [`Its health checks:\n${indent(health.join('\n'))}`] : []), `Its last log lines:\n${indent(logs)}`].join('\n'),
  })
}

/** Traefik's route is the new slot's: one rename, and every request from then on finds its way. */
function switchRoute(context: ReleaseContext, before: { errors?: Answered }): Task {
  const { name } = context.app
  const path = routeFile(name)
  return task<SlotChange & { previous: string | null; content: string }>({
    name: 'switch',
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const content = await routeOfSlot(host, name, seen, plan.slot)
      const { route: previous } = seen
      return previous === content ? null : { summary: `${name} → ${plan.slot} ${context.wanted.tag}`, slot: plan.slot, previous, content, before: previous ?? '', after: content }
    },
    apply: async (host, { slot, previous, content }) => {
      before.errors = await answered(host, containerName(name, slot))
      const { live, slots: there } = await observe(host, name)
      if (previous !== null && live !== null && there[live]?.route === '') await host.write(keptRouteFile(name), previous)
      await host.write(path, content, { staging: paths.staging })
    },
    undo: async (host, { previous, slot, content }) => {
      context.held()
      // A later step's undo has taken it back already.
      if ((await host.read(path)) !== content) return
      if (previous === null) await host.$`rm -f -- ${path}`
      else await host.write(path, previous, { staging: paths.staging })
      // Its route was only written anew: it served before, and serves on.
      if (parseRoute(name, previous) !== slot) await leaveUnrouted(host, context.app, slot)
    },
  })
}

const publicRequests = 5

/** Traefik itself says that the route is live, and answers on the public port carry the new release. */
function confirm(context: ReleaseContext): Task {
  const { app } = context
  const wrong = async (host: HostView, slot: Slot): Promise<{ routed: boolean; why: string } | null> => {
    const route = await router(host, app.name)
    if (route?.service !== containerName(app.name, slot) || route.status !== 'enabled') return { routed: false, why: `Traefik routes to ${route ? `${route.service} (${route.status})` : 'nothing'}` }
    const { stdout } = await host.quiet({ nothrow: true })`for n in ${Array.from({ length: publicRequests }, (_, n) => String(n))}; do ${publicCurl(app)} || true; echo ---; done`
    const answers = stdout.split('---\n').slice(0, publicRequests).map(parseAnswer)
    const { mark } = (await observe(host, app.name)).slots[slot] ?? {}
    const bad = answers.find(({ status, mark: seen }) => !(status >= 100 && status < 500) || seen !== mark)
    return bad === undefined ? null : { routed: true, why: `a public request was answered with ${bad.status || 'nothing'} by ${bad.mark === mark ? 'it' : bad.mark ? 'another release' : 'nobody'}` }
  }
  return task<SlotChange>({
    name: 'confirm',
    check: async (host) => {
      const { plan } = await planned(host, context)
      return (await wrong(host, plan.slot)) === null ? null : { summary: `${publicRequests} public answers from ${plan.slot}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const deadline = Date.now() + throttle + 3_000
      for (;;) {
        const seen = await wrong(host, slot)
        if (seen === null) return
        // Where Traefik is at fault, the release is not: it may be tried again.
        if (Date.now() > deadline) throw new (seen.routed ? RefusedError : CutoverError)(`the switch to ${slot} did not show: ${seen.why}`, { hint: 'Is Traefik running? docker logs traefik' })
        await sleep(200, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => withdraw(host, context, slot),
  })
}

/** A request as a client makes it, to this host; prints the answer's headers (`%header{}` needs a newer curl than some hosts have). */
function publicCurl(app: App): string[] {
  const { access, health } = app
  const common = [...curl, '-o', '/dev/null', '--max-time', '10', '-D', '-']
  if (typeof access === 'string') return [...common, '-H', `Host: ${hostOf(app)}`, `http://127.0.0.1${health.path}`]
  return [...common, '-k', '--resolve', `${access.domain}:443:127.0.0.1`, `https://${access.domain}${health.path}`]
}

/** The status of an answer (0: none came), and the mark that the route gave it. */
export function parseAnswer(headers: string): { status: number; mark: string } {
  return { status: Number(/^HTTP\/\S+ (\d{3})/m.exec(headers)?.[1] ?? 0), mark: /^x-cutover: *(.*?)\r?$/im.exec(headers)?.[1] ?? '' }
}

/** More failed answers than this, and more than this share, send the route back. */
const tolerated = { errors: 2, share: 0.05 }

/** For a while the old slot stays hot: what fails now is sent back by a rename. */
function bake(context: ReleaseContext, before: { errors?: Answered }): Task {
  const { app } = context
  const atLeast = Math.max(app.bake * 1000, throttle + 1_000)
  const age = async (host: HostView): Promise<number> => Number((await host.$`echo $(( $(date +%s%3N) - $(stat -c %.3Y ${routeFile(app.name)} | tr -d .) ))`).stdout)
  return task<SlotChange>({
    name: 'bake',
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const holds = seen.live === plan.slot && (plan.old === null || !seen.slots[plan.old]?.running || (await age(host)) >= atLeast)
      return holds ? null : { summary: `${atLeast / 1000} s`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const base = before.errors ?? (await answered(host, containerName(app.name, slot)))
      while ((await age(host)) < atLeast) {
        await sleep(500, undefined, { signal: context.signal })
        const container = (await observe(host, app.name)).slots[slot]
        const now = await answered(host, containerName(app.name, slot))
        const [errors, all] = [now.errors - base.errors, now.all - base.all]
        const why = !container?.running || container.restarts > 0 ? 'it ended or restarted' : container.health === 'unhealthy' ? 'Docker says unhealthy' : errors > tolerated.errors && errors > all * tolerated.share ? `${errors} of ${all} answers were 5xx` : null
        if (why) throw await refused(host, context, slot, `after the switch, ${why}`)
      }
    },
    undo: (host, { slot }) => withdraw(host, context, slot),
  })
}

/** The old slot finishes what it has begun, and stops. It stays, stopped, until its place is needed. */
function drain(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'drain',
    commits: true,
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const old = other(plan.slot)
      return seen.live === plan.slot && !seen.slots[old]?.running ? null : { summary: `${containerName(app.name, old)} ${seen.slots[old]?.tag ?? ''}`, slot: old }
    },
    apply: (host, { slot }) => leave(host, app, slot),
  })
}

/** The release is in the host's history, and the poller knows what the followed tag is now. */
function record(context: ReleaseContext): Task {
  const { app, wanted, kind, who } = context
  return task<Change>({
    name: 'record',
    check: async (host) => {
      const last = parseHistory(await host.read(historyFile(app.name))).findLast((each) => each.result === 'good')
      const noted = context.followed === null || (await host.read(followedFile(app.name)))?.trim() === context.followed
      return noted && last?.digest === wanted.digest && last.tag === wanted.tag ? null : { summary: `${kind} ${wanted.tag}` }
    },
    apply: async (host) => {
      const last = parseHistory(await host.read(historyFile(app.name))).findLast((each) => each.result === 'good')
      if (context.followed !== null) await noteFollowed(host, app.name, context.followed)
      if (last?.digest === wanted.digest && last.tag === wanted.tag) return
      const left = kind === 'rollback' && last && last.digest !== wanted.digest ? { left: last.digest } : {}
      await appendHistory(host, app.name, { at: new Date().toISOString(), tag: wanted.tag, digest: wanted.digest, who, kind, result: 'good', port: app.port, path: app.health.path, ...left })
    },
  })
}

/** Adds a line to the history. */
export async function appendHistory(host: Host, app: string, release: Release): Promise<void> {
  await host.$({ input: `${JSON.stringify(release)}\n` })`cat >>${historyFile(app)}`
}

const followedFile = (app: string): string => `${paths.app(app)}/followed`

/** The poller's mark: this digest of the followed tag is no news to it. */
export const noteFollowed = (host: Host, app: string, digest: string): Promise<void> => host.write(followedFile(app), `${digest}\n`)

const keptImages = 5

/** The images of the last releases stay for a rollback; older ones go. */
function prune(context: ReleaseContext): Task {
  const { app } = context
  const old = async (host: HostView): Promise<string[]> => {
    const good = parseHistory(await host.read(historyFile(app.name))).filter((each) => each.result === 'good')
    const kept = new Set([...new Set(good.toReversed().map((each) => each.digest))].slice(0, keptImages))
    const used = new Set(Object.values((await observe(host, app.name)).slots).map((slot) => slot?.digest))
    const { stdout } = await host.$`docker image ls --digests --format ${'{{.Digest}}'} ${app.image}`
    return [...new Set(stdout.trim().split('\n'))].filter((digest) => digest.startsWith('sha256:') && !kept.has(digest) && !used.has(digest))
  }
  return task<Change & { digests: string[] }>({
    name: 'prune',
    check: async (host) => {
      const digests = await old(host)
      return digests.length > 0 ? { summary: `${digests.length} old images`, digests } : null
    },
    apply: async (host, { digests }) => {
      for (const digest of digests) await host.$`docker image rm -f ${`${app.image}@${digest}`}`
    },
  })
}

/** The timeouts that a route is made of, where they are not the defaults: hosts that are set up keep their digests. */
function routeTimeouts({ timeouts: { connect, response, keep_alive } }: App): number[] {
  const [own, usual] = [[connect, response, keep_alive], timeouts.parse({})]
  return own.join() === [usual.connect, usual.response, usual.keep_alive].join() ? [] : own
}

/** The digest of the app's settings and environment files on this host. */
export async function configOf(host: HostView, app: App): Promise<string> {
  if (!(await seeFile(host, environmentFile(app.name)))) throw new CutoverError(`${app.name} is not set up on ${host.name}`, { hint: 'Run setup first: npx tsx playbooks/setup.ts' })
  const settings = JSON.stringify([app.access, app.port, app.memory ?? null, app.health, ...routeTimeouts(app)])
  return (await host.$({ input: settings })`{ cat - ${environmentFile(app.name)}; if [ -f ${exportsFile(app.name)} ]; then cat ${exportsFile(app.name)}; fi; } | sha256sum | cut -c1-12`).stdout.trim()
}

const indent = (text: string): string => text.trim().split('\n').map((line) => `  ${line}`).join('\n')
