import { action, CutoverError, type Host, type Task } from '../../runner/index.ts'
import type { Backup, Findings } from './dump.ts'
import { postgresError } from './failure.ts'
import { partialOf } from './names.ts'
import { countedBy, differences } from './rows.ts'
import type { Place } from './place.ts'
import { inContainer, psqlArgv, type Server, serverOf, whenNew } from './server.ts'
import { verifySpace } from './space.ts'

const proofOf = (app: string): string => `${app}-backup-proof`

/**
 * The dump is restored into a container without a network, of the image that made it, and each table has as many rows
 * there as it had in the dump's snapshot. The container and its data are removed afterwards.
 */
export function proven(backup: Backup, findings: Findings): Task {
  const { app, place, folder, stamp } = backup
  return {
    ...action('the dump can be restored', async (host) => {
      const server = await serverOf(host, place)
      verifySpace('The restore that proves it', { needed: server.size ?? 0, free: server.free, where: "Docker's disk" })
      await removed(host, app)
      await started(host, place, server)
      await filled(host, place, partialOf(folder, app, stamp))
      const psql = inContainer(proofOf(app), ...psqlArgv(undefined))
      const rows = await countedBy(host, place, psql, 'the rows of the restored dump cannot be counted')
      const wrong = differences(findings.rows ?? new Map<string, number>(), rows)
      if (wrong.length > 0)
        throw new CutoverError(`the dump has other rows than the database: ${wrong.slice(0, 10).join(', ')}`, {
          hint: 'It was not kept. Take another; if it is so again, look at the rules and triggers of these tables.',
        })
      await removed(host, app)
    }),
    undo: (host) => removed(host, app),
    undoOnFailure: true,
  }
}

/** What an earlier proof has left, too: the container has our label, and a name that no slot or service has. */
async function removed(host: Host, app: string): Promise<void> {
  const label = `label=cutover.proof=${app}`
  await host.$`docker ps --all --quiet --filter ${label} | xargs -r docker rm --force --volumes >/dev/null`
}

async function started(host: Host, place: Place, { image, database, user }: Server): Promise<void> {
  const { app } = place
  const name = proofOf(app)
  const variables = [`POSTGRES_USER=${user}`, `POSTGRES_DB=${database}`, 'POSTGRES_PASSWORD=only-here'].flatMap(
    (each) => ['--env', each],
  )
  const options = ['--name', name, '--label', `cutover.proof=${app}`, '--network', 'none', ...variables]
  await host.$`docker run --detach ${options} ${image}`
  const { exitCode, stdout } = await host.$({ nothrow: true })`${inContainer(name, 'sh', '-ec', whenNew)}`
  if (exitCode !== 0) throw postgresError(`the PostgreSQL that proves the dump did not start`, place, stdout)
}

/** Roles are no part of a dump. Those of the server are made first; the one that is there already is not made again. */
async function filled(host: Host, place: Place, file: string): Promise<void> {
  const [source, proof] = [place.container, proofOf(place.app)]
  const roles = inContainer(source, 'pg_dumpall', '--roles-only', '--no-role-passwords', '-w')
  const run = inContainer(proof, 'psql', '-X', '-q', '-w')
  await host.quiet({ nothrow: true })`${roles} | ${run} >/dev/null 2>&1`
  const restore = inContainer(proof, 'sh', '-c', 'exec pg_restore -w --exit-on-error -d "$PGDATABASE"')
  const { exitCode, stderr } = await host.quiet({ nothrow: true })`${restore} <${file}`
  if (exitCode !== 0) throw postgresError('the dump cannot be restored', place, stderr)
}
