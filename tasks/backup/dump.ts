import { action, CutoverError, type Host, MissingError, type Task, UnreachableError } from '../../runner/index.ts'
import { postgresError } from './failure.ts'
import { backupFolder, backupName, partialOf, type Stamp } from './names.ts'
import { countRows, parseRows, type Rows } from './rows.ts'
import type { Place } from './place.ts'
import { inPlace, psqlArgv, runSql, serverOf } from './server.ts'
import { verifySpaceForDump } from './space.ts'
import { readBack } from './verify.ts'
import { watched } from './watched.ts'

/** A backup that is being made. */
export interface Backup {
  app: string
  place: Place
  folder: string
  stamp: Stamp
  /** Counts the rows of each table within the dump's snapshot. */
  counted: boolean
}

/** Gets what the steps of a backup find out. */
export interface Findings {
  rows?: Rows
  size?: number
  tables?: number
}

/** How long a dump waits for a table that a migration holds. */
const lockWait = '300s'

/** By this name PostgreSQL lists the connections of one dump. */
const sessionOf = ({ app, stamp }: Pick<Backup, 'app' | 'stamp'>): string => `cutover-${stamp}-${app}`

const notWhole = 'pg_dump has failed'

/** psql holds a transaction open, pg_dump sees what it sees, and the rows are counted in it. */
const dumpAndCount = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\! pg_dump -Fc -w --lock-wait-timeout=${lockWait} --snapshot="$SNAPSHOT" </dev/null || echo '${notWhole}' >&2
\\o |cat >&2
${countRows}COMMIT;
`

/** The dump is written to a file that has not yet the name of a backup. Its size is shown while it grows. */
export function dumped(backup: Backup, findings: Findings): Task {
  const { app, place, folder, stamp, counted } = backup
  const partial = partialOf(folder, app, stamp)
  return {
    ...action(`dump of ${app}'s database`, async (host) => {
      const { size, database } = await serverOf(host, place)
      if (size === null)
        throw postgresError(`${app} has nothing to dump`, place, `database "${database}" does not exist`)
      await madeFolder(host, app, folder)
      await noStalePartials(host, app, folder)
      await verifySpaceForDump(host, { app, folder, size })
      const said = await write(host, backup)
      if (counted) findings.rows = parseRows(said)
    }),
    undo: async (host) => {
      await host.$`rm -f ${partial} ${`${partial}.said`}`
      await ended(host, backup)
    },
    undoOnFailure: true,
  }
}

/** The folder of an app's backups is there, for root alone. */
export const ownFolder = (host: Host, app: string): PromiseLike<unknown> =>
  host.$`[ -d ${backupFolder(app)} ] || mkdir -p -m 700 ${backupFolder(app)}`

/** Where its docker program has ended, pg_dump goes on in the container, and holds tables that a migration waits for. */
const ended = (host: Host, { app, place, stamp }: Backup): Promise<string> =>
  runSql(host, place, {
    sql: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :'session' AND pid <> pg_backend_pid();",
    values: { session: sessionOf({ app, stamp }) },
    what: 'whether the dump has ended is not known',
  }).catch((error: unknown) => {
    // Where PostgreSQL does not answer, no dump goes on.
    if (error instanceof CutoverError && !(error instanceof UnreachableError)) return ''
    throw error
  })

/** Our own folder is made. Another one is there already: a disk that is not mounted would be filled elsewhere. */
async function madeFolder(host: Host, app: string, folder: string): Promise<void> {
  if (folder === backupFolder(app)) await ownFolder(host, app)
  else if ((await host.stat(folder, { follow: true }))?.kind !== 'directory')
    throw new MissingError(`there is no folder ${folder} on ${host.name}`, {
      hint: 'Make it, or mount its disk. Only the default folder is made by itself.',
    })
}

/** What a run that was cut off has left a day ago, or longer. */
const noStalePartials = (host: Host, app: string, folder: string): PromiseLike<unknown> =>
  host.$`find ${folder}/ -maxdepth 1 -type f -name ${`.${app}-*z.dump.partial*`} -mmin +1440 -delete`

/** @returns what the programs said on their standard error @throws CutoverError */
async function write(host: Host, { app, place, folder, stamp, counted }: Backup): Promise<string> {
  const partial = partialOf(folder, app, stamp)
  const saidFile = `${partial}.said`
  const argv = counted ? psqlArgv(undefined) : ['pg_dump', '-Fc', '-w', `--lock-wait-timeout=${lockWait}`]
  const command = inPlace(place, 'env', `PGAPPNAME=${sessionOf({ app, stamp })}`, ...argv)
  const { failed, said } = await watched(
    host,
    saidFile,
    () => host.live({ input: counted ? dumpAndCount : '' })`umask 077
(while sleep 1; do numfmt --to=si --suffix=B "$(stat -c %s ${partial})" || exit; done) & progress=$!
status=0
${command} >${partial} 2>${saidFile} || status=$?
kill "$progress" || :
exit "$status"`,
  )
  if (failed || said.includes(notWhole)) throw postgresError(`${app} could not be dumped`, place, said)
  return said
}

/** A backup is read back as a whole before it gets its name. */
export const verified = ({ app, place, folder, stamp }: Backup, findings: Findings): Task =>
  action('the dump is whole', async (host) => {
    Object.assign(findings, await readBack(host, place, partialOf(folder, app, stamp)))
  })

/** The file gets its name once it is on the disk. */
export function landed({ app, folder, stamp }: Backup): Task {
  const partial = partialOf(folder, app, stamp)
  const file = `${folder}/${backupName(app, stamp)}`
  return action(`file ${file}`, async (host) => {
    await host.$`sync ${partial} 2>/dev/null || sync
mv -nT ${partial} ${file}
sync ${folder} 2>/dev/null || sync`
    if (await host.stat(partial))
      throw new CutoverError(`there is already a file ${file}`, { hint: 'Run this again a second later.' })
  })
}
