import type { Host, Secret } from '../../runner/index.ts'
import { runSql } from './psql.ts'
import type { PostgresServer } from './server.ts'
import { sql } from './sql.ts'

/**
 * What PostgreSQL has kept of a password is what it keeps again, for the role as which it is asked.
 * @param kept empty for a role that had none
 */
export const keepPassword = (host: Host, server: PostgresServer, kept: Secret): Promise<unknown> =>
  runSql(host, server, [
    kept.reveal() === ''
      ? sql`ALTER ROLE CURRENT_USER PASSWORD NULL`
      : sql`ALTER ROLE CURRENT_USER PASSWORD ${kept.reveal()}`,
  ])
