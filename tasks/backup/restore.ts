import {
  action,
  type Change,
  commandLine,
  CutoverError,
  type Host,
  MissingError,
  type OnHost,
  type Task,
  task,
} from '../../runner/index.ts'
import type { SharedDatabase } from '../app/index.ts'
import { releaser, withLock } from '../blue-green/index.ts'
import { restoredFile } from '../paths.ts'
import { backupSteps } from './backup.ts'
import { type Backup, ownFolder } from './dump.ts'
import { postgresError } from './failure.ts'
import { backupFolder, beforeName, isOfRestore, restoringName, stampOf } from './names.ts'
import { createLike, databasesOf, dropDatabases } from './new-database.ts'
import { type Place, placeOf } from './place.ts'
import { inPlace, type Server, serverOf } from './server.ts'
import { backupsIn, verifySpace } from './space.ts'
import { letInAgain, nameIt, type Swap, swapIn } from './swap.ts'
import { readBack } from './verify.ts'
import { watched } from './watched.ts'

export interface RestoreOptions {
  app: string
  /** Where its database is, if that is in the PostgreSQL of another app. */
  shared?: SharedDatabase
  /** A dump: a path on the host, or the name of a backup in its usual folder. */
  file: string
  /** A dump on this machine, which is sent instead. */
  local?: string
  /** What is there is not dumped first. */
  'no-safety-dump'?: boolean
  /** Leaves owners and grants out. */
  'no-owner'?: boolean
  /** Does not keep the database that was there. */
  'drop-old'?: boolean
}

/** What the steps of a restore find out. */
interface Restore {
  app: string
  place: Place
  /** The role to which everything belongs without owners, where that is not the one that restores. */
  role?: string
  file: string
  noOwner: boolean
  dropOld: boolean
  stamp: string
  server?: Server
  ended?: number
}

/**
 * Restores a dump into a new database, which then takes the place of the app's own. Until that moment the app works on
 * as before, and if anything fails, nothing has changed. No release goes on meanwhile.
 * @throws TaskError
 */
export async function restore(on: OnHost<unknown>, options: RestoreOptions): Promise<void> {
  const { app, shared, local, 'no-owner': noOwner = false, 'drop-old': dropOld = false } = options
  const folder = backupFolder(app)
  const stamp = stampOf(new Date())
  const sent = `${folder}/.${app}-${stamp}.sent`
  const file = local === undefined ? onHost(folder, options.file) : sent
  const place = placeOf(app, shared)
  const context: Restore = { app, place, role: shared?.user, file, noOwner, dropOld, stamp }
  const backup: Backup = { app, place, folder, stamp, counted: false }
  const work = async (): Promise<void> => {
    await on.transaction(
      local !== undefined && arrived(app, local, sent),
      whole(context),
      !options['no-safety-dump'] && backupSteps(backup, {}).map((step) => whereThereIsOne(context, step)),
      restored(context),
      swapped(context),
    )
    await on.run(
      local !== undefined && action('the copy of the dump is gone', (host) => host.$`rm -f ${sent}`),
      noFormerDatabases(context),
    )
  }
  if (on.check) return work()
  await withLock(on.view, app, { ...releaser(), why: 'restore of its database' }, work)
  tell(on, context)
}

const onHost = (folder: string, file: string): string => (file.startsWith('/') ? file : `${folder}/${file}`)

function tell({ say }: OnHost<unknown>, { app, server, stamp, ended = 0, dropOld }: Restore): void {
  if (!server) return
  const kept = server.size !== null && !dropOld
  const before = beforeName(server.database, stamp)
  say(
    [
      `the database ${server.database} is what the dump holds; ${ended} connections to the one before were ended, and ${app} connects anew. It was not restarted.`,
      kept
        ? `The one before is kept as ${before} until the next restore: what ${app} wrote since the dump is there, and in no other place.`
        : server.size === null
          ? 'There was none before.'
          : 'The one before is gone.',
      `If the dump is older than the last migration: sudo docker exec ${app}-SLOT MIGRATION-COMMAND`,
    ].join(' '),
  )
}

/** A dump of this machine lies on the host. */
const arrived = (app: string, local: string, sent: string): Task => ({
  ...action(`the dump ${local} is on the host`, async (host) => {
    await ownFolder(host, app)
    await host.upload(local, sent, { mode: '600' })
  }),
  undo: (host) => host.$`rm -f ${sent}`,
})

/** Changes nothing: fails unless the dump is whole, and what it needs fits on the disk. */
const whole = (context: Restore): Task =>
  task<Change>({
    name: 'the dump is whole',
    inTurn: true,
    check: async (host) => {
      const { place, file } = context
      context.server = await serverOf(host, place)
      isMade(context, context.server)
      const { size } = await readBack(host, place, file).catch(async (error: unknown) => {
        throw await withBackups(host, context, error)
      })
      // Compressed, a dump is a fourth of its database, more or less.
      verifySpace('The restored database', { needed: 4 * size, free: context.server.free, where: "Docker's disk" })
      return null
    },
    apply: async () => undefined,
  })

/** A database in another app's server has a role that owns it: setup makes both. @throws MissingError */
function isMade({ place }: Restore, { database, size }: Server): void {
  if (place.database !== undefined && size === null)
    throw new MissingError(`${place.container} has no database ${database}`, {
      hint: `Setup makes it, with its role: ${commandLine('setup')}`,
    })
}

/** The error for a file that is not there says which there are. */
async function withBackups(
  host: Parameters<Task['check']>[0],
  { app, file }: Restore,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof MissingError) || !error.message.startsWith('there is no file')) return error
  const names = (await backupsIn(host, backupFolder(app), app)).slice(-5).map(({ name }) => name)
  return new MissingError(`there is no file ${file} on ${host.name}`, {
    hint:
      names.length === 0
        ? `And there is no backup in ${backupFolder(app)}. A file of this machine is named by its path.`
        : `The newest backups in ${backupFolder(app)}: ${names.join(', ')}`,
  })
}

/** A step of the dump that is made first, for safety. A database that is missing needs none. */
const whereThereIsOne = (context: Restore, step: Task): Task => ({
  ...step,
  inTurn: true,
  check: async (host) => (context.server?.size === null ? null : step.check(host)),
  apply: (host, change) =>
    Promise.resolve(step.apply(host, change)).catch((cause: unknown) => {
      throw cause instanceof CutoverError
        ? new CutoverError(`what is there could not be dumped first: ${cause.message}`, {
            cause,
            hint: `${cause.hint ?? ''}\nNothing was changed. Without that dump: --no-safety-dump; the old database is kept all the same.`,
          })
        : cause
    }),
})

/** The dump is restored into a new database. The app's own is not touched. */
const restored = (context: Restore): Task => ({
  ...action('restore into a new database', async (host) => {
    await ownFolder(host, context.app)
    const { place, role, file, noOwner, stamp } = context
    const server = (context.server ??= await serverOf(host, place))
    const name = restoringName(server.database, stamp)
    await dropDatabases(host, place, [name])
    await createLike(host, place, server, name)
    const ownerless = ['--no-owner', '--no-acl', ...(role === undefined ? [] : [`--role=${role}`])]
    const options = [...(noOwner ? ownerless : []), '-w', '--exit-on-error', '-d', name]
    await filled(host, { place, file, command: inPlace(place, 'pg_restore', ...options), stamp })
    // Without statistics, the first queries would be slow.
    await host.$`${inPlace(place, 'psql', '-X', '-q', '-w', '-d', name, '-c', 'ANALYZE')}`
  }),
  undo: async (host) => {
    const { place, server, stamp } = context
    if (server) await dropDatabases(host, place, [restoringName(server.database, stamp)])
  },
})

interface Filling {
  place: Place
  file: string
  command: readonly string[]
  stamp: string
}

/** How much of the dump is read is shown meanwhile. */
async function filled(host: Host, { place, file, command, stamp }: Filling): Promise<void> {
  const { app } = place
  const saidFile = `${backupFolder(app)}/.${app}-${stamp}.said`
  const { failed, said } = await watched(
    host,
    saidFile,
    () => host.live`size=$(stat -Lc %s ${file})
status=0
${command} <${file} 2>${saidFile} & restore=$!
(while sleep 1; do
  at=$(sed -n 's/^pos:[^0-9]*//p' "/proc/$restore/fdinfo/0" 2>/dev/null) || exit
  echo "$(numfmt --to=si --suffix=B "$at") of $(numfmt --to=si --suffix=B "$size")" || exit
done) & progress=$!
wait "$restore" || status=$?
kill "$progress" || :
exit "$status"`,
  )
  if (failed) throw postgresError(`${file} could not be restored, and nothing was changed`, place, said)
}

/** The restored database takes the place of the app's own, which keeps all it has under another name. */
const swapped = (context: Restore): Task => ({
  ...action('put it in the place of the old one', async (host) => {
    const { place, server } = context
    if (!server) return
    await host.write(restoredFile(context.app), `${context.stamp}\n`)
    if (server.size === null) await nameIt(host, place, swapOf(server, context))
    else context.ended = await swapIn(host, place, swapOf(server, context))
  }),
  undo: async (host) => {
    const { place, server } = context
    if (server) await letInAgain(host, place, swapOf(server, context))
  },
})

const swapOf = ({ database }: Server, { stamp }: Restore): Swap => ({
  database,
  restored: restoringName(database, stamp),
  before: beforeName(database, stamp),
})

/** The databases that earlier restores kept, or left unfinished, are removed; that of this one too if it is not to be kept. */
const noFormerDatabases = ({ place, stamp, dropOld }: Restore): Task =>
  task<Change & { names: readonly string[] }>({
    name: 'databases from before',
    inTurn: true,
    check: async (host) => {
      const { database } = await serverOf(host, place)
      const names = (await databasesOf(host, place)).filter(
        (name) => isOfRestore(database, name) && (dropOld || !name.endsWith(stamp)),
      )
      return names.length === 0 ? null : { summary: `remove ${names.join(', ')}`, names }
    },
    apply: (host, { names }) => dropDatabases(host, place, names),
  })
