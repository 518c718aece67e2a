import {
  action,
  type Change,
  commandLine,
  type Host,
  type HostView,
  type OnHost,
  tagged,
  type Task,
  task,
  UnsafeError,
} from '../../runner/index.ts'
import {
  type App,
  databaseVolume,
  imageFact,
  majorsIn,
  mountOf,
  newDatabaseVolume,
  onNetworkOf,
  postgresFolder,
  postgresHost,
  postgresService,
  usersOn,
} from '../app/index.ts'
import { away, back, releaser, withLock } from '../blue-green/index.ts'
import { allOurs, composeFile, composeUp, image, inspectContainers, type Service } from '../docker/index.ts'
import { stampOf } from './names.ts'
import { placeOf } from './place.ts'
import { runSql, serverOf } from './server.ts'
import { verifySpace } from './space.ts'
import { copyAll, startNew, upgradeContainer } from './upgrade-copy.ts'

export interface UpgradeOptions {
  app: App
  /** The apps whose databases are in this PostgreSQL, too. */
  users?: readonly App[]
  /** The image of the wanted major version. */
  image: string
  database: string
  user: string
}

/** An upgrade that is to be done. */
interface Upgrade extends UpgradeOptions {
  from: string
  to: string
  /** The volume that has the data now, and the one that gets it. */
  volume: string
  next: string
  /** The container that runs now, as it would be made again. */
  former: { image: string; stamp: string; content: string }
  rows?: number
  assertLockHeld(): void
}

/** Names the volume that an upgrade fills. An upgrade that is cut off leaves this file. */
const unfinishedFile = (app: string): string => `${postgresFolder(app)}/upgrade`

/**
 * Moves the data of an app's PostgreSQL to the major version of its image, by dump and restore into a new volume. The
 * old volume is kept. The app is away meanwhile; if anything fails, it goes on with the old one. There is nothing to do
 * for the same version, a lower one, or where no PostgreSQL runs.
 * @throws TaskError
 */
export async function upgradePostgres(on: OnHost<unknown>, options: UpgradeOptions): Promise<void> {
  const { app } = options
  const upgrade = await plan(on.view, options)
  const tags = (...tasks: Task[]): Task[] => tagged(app.name, ...tagged('apps', ...tasks))
  if (!upgrade) return void (await on.run(tags(noLeftovers(app.name))))
  const work = (): Promise<unknown> => on.transaction(tags(...steps(upgrade)))
  if (on.check) return void (await work())
  const why = `PostgreSQL ${upgrade.from} → ${upgrade.to}`
  await locked(on.view, { apps: all(upgrade), why }, (assertLockHeld) => {
    upgrade.assertLockHeld = assertLockHeld
    return work()
  })
  const { rows, from, to, volume } = upgrade
  if (rows === undefined) return
  await on.run(tags(noLeftovers(app.name)))
  on.say(
    `${app.name} has PostgreSQL ${to}: ${rows} rows were moved. What ${from} had is still in the volume ${volume}; ` +
      `once you are sure: docker volume rm ${volume}`,
  )
}

/** All apps whose data is moved: none of them writes meanwhile. */
const all = ({ app, users = [] }: UpgradeOptions): App[] => [app, ...users]

/** Does something while no release of these apps goes on. */
function locked(
  host: Host,
  { apps: [app, ...others], why }: { apps: readonly App[]; why: string },
  work: (assertLockHeld: () => void) => Promise<unknown>,
): Promise<unknown> {
  if (!app) return work(() => undefined)
  return withLock(host, app.name, { ...releaser(), why }, (assertThis) =>
    locked(host, { apps: others, why }, (assertOthers) =>
      work(() => {
        assertThis()
        assertOthers()
      }),
    ),
  )
}

async function plan(host: HostView, options: UpgradeOptions): Promise<Upgrade | undefined> {
  const { app, image: reference } = options
  const name = postgresHost(app.name)
  const [container] = await inspectContainers(host, [name])
  if (!container) return undefined
  allOurs([container])
  const volume = await host.fact(databaseVolume(app.name))
  const [majors, { major }] = await Promise.all([majorsIn(host, volume), host.fact(imageFact(reference))])
  const from = majors?.at(-1)
  if (from === undefined || major === null || Number(major) <= Number(from)) return undefined
  const users = await usersThere(host, options)
  return {
    ...{ ...options, users, from, to: major, volume },
    next: newDatabaseVolume(app.name, major, stampOf(new Date())),
    former: {
      image: container.Config.Image,
      stamp: container.Config.Labels?.['cutover.stamp'] ?? '',
      content: (await host.read(composeFile({ directory: postgresFolder(app.name) }))) ?? '',
    },
    assertLockHeld: () => undefined,
  }
}

const steps = (upgrade: Upgrade): Task[] => [
  image(upgrade.image),
  noLeftovers(upgrade.app.name),
  room(upgrade),
  ...all(upgrade).map(away),
  moved(upgrade),
  switched(upgrade),
  ...all(upgrade).map(back),
]

/**
 * The apps that use this PostgreSQL on a host; one that setup is yet to make does not.
 * @throws UnsafeError for an app that would write to the old data meanwhile, because nobody stops it
 */
async function usersThere(host: HostView, { app, users = [] }: UpgradeOptions): Promise<App[]> {
  const found = (await usersOn(host, app.name)).filter(({ isThere }) => isThere)
  const other = found.find((each) => !users.some(({ name }) => name === each.app))
  if (!other) return users.filter(({ name }) => found.some((each) => each.app === name))
  throw new UnsafeError(
    `${other.app} uses the PostgreSQL of ${app.name} on ${host.name}, and is not in the inventory: nobody would stop it while the data is moved`,
    { hint: `Nothing was changed. Put it back into the inventory, or: ${commandLine('purge', other.app)}` },
  )
}

/** What an upgrade has left that was cut off. Data that a container has come to use since then stays. */
const noLeftovers = (app: string): Task =>
  task<Change>({
    name: 'no unfinished upgrade',
    inTurn: true,
    check: async (host) => {
      const volume = await host.read(unfinishedFile(app))
      return volume === null ? null : { summary: `an upgrade was cut off, which filled ${volume.trim()}` }
    },
    apply: (host) => removeLeftovers(host, app),
  })

async function removeLeftovers(host: Host, app: string): Promise<void> {
  const filled = (await host.read(unfinishedFile(app)))?.trim()
  if (filled === undefined) return
  const label = `label=cutover.upgrade=${app}`
  await host.$`docker ps --all --quiet --filter ${label} | xargs -r docker rm --force >/dev/null`
  const mounted = await host.$`docker ps --all --quiet --filter ${`volume=${filled}`}`
  if (filled.startsWith(`${postgresHost(app)}-`) && mounted.stdout.trim() === '')
    await host.$`docker volume rm --force ${filled} >/dev/null`
  await host.$`rm -f ${unfinishedFile(app)}`
}

/** Changes nothing: fails unless there is room for all the data a second time. */
const room = ({ app }: Upgrade): Task =>
  task<Change>({
    name: 'room for the new data',
    inTurn: true,
    check: async (host) => {
      const { free } = await serverOf(host, placeOf(app.name))
      const size = await runSql(host, placeOf(app.name), {
        sql: 'SELECT sum(pg_database_size(oid)) FROM pg_database;',
        values: {},
        what: 'the size of the data is not known',
      })
      verifySpace('The new PostgreSQL', { needed: Number(size), free, where: "Docker's disk" })
      return null
    },
    apply: async () => undefined,
  })

/** The new volume has all that the old one has. The old PostgreSQL is only read. */
const moved = (upgrade: Upgrade): Task => ({
  ...action(`data of PostgreSQL ${upgrade.from} into ${upgrade.next}`, async (host) => {
    const { app, image: reference, next } = upgrade
    const old = await serverOf(host, placeOf(app.name))
    await host.write(unfinishedFile(app.name), `${next}\n`)
    const data = mountOf(await host.fact(imageFact(reference)))
    await startNew(host, { app: app.name, image: reference, volume: next, data }, old)
    upgrade.rows = await copyAll(host, app.name, old)
    const name = upgradeContainer(app.name)
    await host.$`docker stop --time 60 ${name} >/dev/null; docker rm ${name} >/dev/null`
  }),
  undo: (host) => removeLeftovers(host, upgrade.app.name),
})

/** The container of PostgreSQL is one of the new image, with the new volume. Undone, it is as it was. */
const switched = (upgrade: Upgrade): Task => {
  const { app, image: reference, database, user, next, former } = upgrade
  const service = postgresService({ app: app.name, image: reference, database, user }, next)
  const become = async (host: Host, wanted: Service): Promise<void> => {
    const up = composeUp(wanted)
    for (const step of [up, ...(upgrade.users ?? []).map((user) => onNetworkOf(app.name, user.name))]) {
      const change = await step.check(host)
      if (change) await step.apply(host, change)
    }
  }
  return {
    ...action(`PostgreSQL ${upgrade.to} takes over`, async (host) => {
      upgrade.assertLockHeld()
      await become(host, service)
    }),
    undo: (host) => {
      const { image: before, stamp, content } = former
      return become(host, { ...service, image: before, compose: async () => ({ content, stamp }), allow: undefined })
    },
  }
}
