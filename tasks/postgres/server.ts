import { UsageError } from '../../runner/index.ts'

/** Where a PostgreSQL runs, and as whom it is talked to, over its socket. */
export interface PostgresServer {
  /** The container that it runs in. Default: it runs on the host itself. */
  container?: string
  /** The user as whom `psql` runs. Default: `postgres` on a host, in a container the user of its image. */
  as?: string
  /** The role to log in as. Default: the one of the user's name, in a container that of POSTGRES_USER, or `postgres`. */
  user?: string
  /** Default: 5432. */
  port?: number
}

/** @throws UsageError */
export function verifyServer({ container, as, port }: PostgresServer): void {
  if (container !== undefined && !/^[A-Za-z0-9][\w.-]*$/.test(container))
    throw new UsageError(`'${container}' is not a valid name of a container`)
  if (as !== undefined && !/^[A-Za-z_][\w.-]*$/.test(as))
    throw new UsageError(`'${as}' is not a valid name of a user, as whom psql is to run`)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new UsageError(`the port ${port} of PostgreSQL is not a number from 1 to 65535`)
}
