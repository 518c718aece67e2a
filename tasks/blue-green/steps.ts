import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import { bearsRestart, pull } from '../docker.ts'
import { platformFact } from '../platform.ts'
import { backendNetwork, knowsDatabase } from '../postgres.ts'
import { paths, publicNetwork } from '../settings.ts'
import { bake } from './bake.ts'
import { sameConfig } from './config.ts'
import { confirm } from './confirm.ts'
import type { ReleaseContext } from './context.ts'
import { databasePassword, formerPassword } from './database-password.ts'
import { gate } from './gate.ts'
import { planned, type SlotChange } from './planned.ts'
import { prune } from './prune.ts'
import { record } from './record.ts'
import { indent, RefusedError } from './refused.ts'
import { keptRouteFile, routeFile, routeOfSlot } from './route.ts'
import { routed } from './serving.ts'
import {
  createArgv,
  dockerWithEnvironment,
  environmentFile,
  leave,
  leaveUnrouted,
  observe,
  reference,
  removeUnrouted,
  withdraw,
} from './slot.ts'
import { containerName, isWanted, migrationName, other, parseRoute, type Seen } from './state.ts'
import { answered, type Answered } from './traefik-api.ts'

/** The steps that make a release live without losing a request, up to where every host of a fleet is ready. */
export const prepareSteps = (context: ReleaseContext): Task[] =>
  [
    routed(context.app.name),
    pullImage(context),
    ...(context.backend ? [databasePassword(context)] : []),
    ...(context.kind === 'release' && context.app.migrate ? [migrate(context)] : []),
    start(context),
    gate(context),
  ].map(bearsRestart)

/** The steps from the switch to where it has proven itself; still undone if one fails. */
export const switchSteps = (context: ReleaseContext): Task[] => {
  const before: { errors?: Answered } = {}
  return [switchRoute(context, before), confirm(context), bake(context, before)].map(bearsRestart)
}

/** The steps after which there is no way back but a rollback. */
export const finishSteps = (context: ReleaseContext): Task[] =>
  [drain(context), record(context), ...(context.backend ? [formerPassword(context)] : []), prune(context)].map(
    bearsRestart,
  )

/** Options by which a container finds its database, if there is one. */
const known = async (host: HostView, { app, backend }: ReleaseContext): Promise<string[]> =>
  backend ? knowsDatabase(host, app.name) : []

/** The image is on the host, by digest, and made for it. */
function pullImage(context: ReleaseContext): Task {
  const name = reference(context)
  const seenPlatform = async (host: HostView): Promise<string> =>
    (
      await host.$({ nothrow: true })`docker image inspect -f ${'{{.Os}}/{{.Architecture}}'} ${name} 2>/dev/null`
    ).stdout.trim()
  return task<Change>({
    name: 'pull',
    check: async (host) =>
      (await seenPlatform(host)) === ''
        ? { summary: `${context.app.image}:${context.wanted.tag} ${context.wanted.digest.slice(0, 19)}` }
        : null,
    apply: async (host) => {
      await pull(host, name)
      const [platform, fact] = await Promise.all([seenPlatform(host), host.fact(platformFact)])
      if (platform !== fact.docker) {
        await host.$({ nothrow: true })`docker image rm ${name}`
        throw new RefusedError(
          `${context.app.image}:${context.wanted.tag} is for ${platform}, and this host is ${fact.docker}`,
          { hint: 'Build it for this platform too: templates/build.yml builds amd64 and arm64.' },
        )
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
        await sameConfig(host, context)
        await host.$({ nothrow: true })`docker rm -f ${container} 2>/dev/null`
        await dockerWithEnvironment(host, app.name, [
          'docker',
          'run',
          '--detach',
          '--name',
          container,
          '--env-file',
          environmentFile(app.name),
          '--network',
          context.backend ? backendNetwork(app.name) : publicNetwork,
          ...(await known(host, context)),
          '--label',
          `cutover.digest=${wanted.digest}`,
          '--label',
          `cutover.config=${wanted.config}`,
          reference(context),
          ...app.migrate!,
        ])
      }
      const status = (await host.$`docker wait ${container}`).stdout.trim()
      if (status !== '0') {
        const { stdout } = await host.$`docker logs --tail 40 ${container} 2>&1`
        await host.$`docker rm -f ${container}`
        throw new RefusedError(`the migration ended with ${status}`, {
          hint: `Its last lines:\n${indent(stdout)}\nThe old release serves on.`,
        })
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
      return isWanted(slot, wanted) && slot!.running && (slot!.route !== '' || seen.live === plan.slot)
        ? null
        : { summary: `${containerName(app.name, plan.slot)} ${wanted.tag}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const name = containerName(app.name, slot)
      // A run that was cut off right after its switch left it running, perhaps with requests that it has begun.
      const { live, slots: there } = await observe(host, app.name)
      if (live !== slot && there[slot]?.running) await leave(host, app, slot)
      await removeUnrouted(host, app, slot)
      await sameConfig(host, context)
      await dockerWithEnvironment(host, app.name, createArgv(context, slot, await known(host, context)))
      if (context.backend) await host.$`docker network connect ${backendNetwork(app.name)} ${name}`
      await host.$`docker start ${name}`
    },
    undo: (host, { slot }) => withdraw(host, context, slot),
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
      return previous === content
        ? null
        : {
            summary: `${name} → ${plan.slot} ${context.wanted.tag}`,
            slot: plan.slot,
            previous,
            content,
            before: previous ?? '',
            after: content,
          }
    },
    apply: async (host, { slot, previous, content }) => {
      before.errors = await answered(host, containerName(name, slot))
      const { live, slots: there } = await observe(host, name)
      if (previous !== null && live !== null && there[live]?.route === '')
        await host.write(keptRouteFile(name), previous)
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

/** The old slot finishes what it has begun, and stops. It stays, stopped, until its place is needed. */
function drain(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'drain',
    commits: true,
    check: async (host) => {
      const { seen, plan } = await planned(host, context)
      const old = other(plan.slot)
      return seen.live === plan.slot && !seen.slots[old]?.running
        ? null
        : { summary: `${containerName(app.name, old)} ${seen.slots[old]?.tag ?? ''}`, slot: old }
    },
    apply: (host, { slot }) => leave(host, app, slot),
  })
}
