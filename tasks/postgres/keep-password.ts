import type { Host, Secret } from '../../runner/index.ts'
import { runSql } from './psql.ts'
import type { PostgresServer } from './server.ts'
import { identifier, sql } from './sql.ts'

interface Kept {
  /** What PostgreSQL has kept of the password; empty for a role that had none. */
  kept: Secret
  /** Default: the role as which it is asked. */
  role?: string
}

/** What PostgreSQL has kept of a password is what it keeps again. */
export function keepPassword(host: Host, server: PostgresServer, { kept, role }: Kept): Promise<unknown> {
  const name = role === undefined ? sql`CURRENT_USER` : identifier(role)
  return runSql(host, server, [
    kept.reveal() === '' ? sql`ALTER ROLE ${name} PASSWORD NULL` : sql`ALTER ROLE ${name} PASSWORD ${kept.reveal()}`,
  ])
}
