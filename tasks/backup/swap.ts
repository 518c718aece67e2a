import { type Host } from '../../runner/index.ts'
import type { Place } from './place.ts'
import { runSql } from './server.ts'

export interface Swap {
  database: string
  /** The one that takes its place. */
  restored: string
  /** What the one that was there is called from then on. */
  before: string
}

/**
 * Whoever is connected is disconnected, and nobody gets in until both names are changed, in one step. Whoever connects
 * then is in the restored database.
 */
const swapSql = `ALTER DATABASE :"database" WITH ALLOW_CONNECTIONS false;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'database';
SELECT pg_sleep(0.2);
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'database';
BEGIN;
ALTER DATABASE :"database" RENAME TO :"before";
ALTER DATABASE :"restored" RENAME TO :"database";
COMMIT;
ALTER DATABASE :"before" WITH ALLOW_CONNECTIONS true;
`

/** Puts a restored database in the place of the one that is there. @returns how many connections were ended */
export async function swapIn(host: Host, place: Place, { database, restored, before }: Swap): Promise<number> {
  const said = await runSql(host, place, {
    sql: swapSql,
    values: { database, restored, before },
    what: `${restored} could not take the place of ${database}`,
  })
  return said
    .split('\n')
    .map(Number)
    .reduce((sum, each) => sum + each, 0)
}

/** Gives a restored database its name, where there is none of that name. */
export const nameIt = (host: Host, place: Place, { database, restored }: Swap): Promise<string> =>
  runSql(host, place, {
    sql: 'ALTER DATABASE :"restored" RENAME TO :"database";',
    values: { database, restored },
    what: `${restored} could not be called ${database}`,
  })

/** After a swap that did not come to its end, the app's database lets it in again, whichever of the two it is. */
export const letInAgain = (host: Host, place: Place, { database, before }: Swap): Promise<string> =>
  runSql(host, place, {
    sql: `SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS true', datname) FROM pg_database
  WHERE datname IN (:'database', :'before') AND NOT datallowconn
\\gexec
`,
    values: { database, before },
    what: `${database} may still let nobody in`,
  })
