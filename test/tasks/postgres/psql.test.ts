import { expect, it } from 'vitest'
import { CommandError, MissingError } from '../../../runner/errors.ts'
import type { ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { runSql, type SqlOptions } from '../../../tasks/postgres/psql.ts'
import type { PostgresServer } from '../../../tasks/postgres/server.ts'
import { sql } from '../../../tasks/postgres/sql.ts'
import { refusal } from '../system/played.ts'
import { sqlHost } from './sql-host.ts'

const running = JSON.stringify({ State: { Running: true } })
const inContainer = { container: 'db' }

/** The command before its script, and what psql read. */
async function called(server: PostgresServer, options?: SqlOptions): Promise<[command: string, asked: string[]]> {
  const { host, asked } = sqlHost(() => 'yes\n', running)
  expect(await runSql(host.host, server, [sql`SELECT ${"a'b"}`, sql`SELECT 2`], options)).toBe('yes\n')
  return [host.commands.at(-1)?.split(" 'command -v psql")[0] ?? '', asked]
}

it.each<[string, PostgresServer, SqlOptions | undefined, string]>([
  ['on the host', {}, undefined, 'as postgres, with PGDATABASE=postgres PGUSER=postgres: sh -c'],
  [
    'on the host, as others',
    { as: 'pat', port: 5433 },
    undefined,
    'as pat, with PGDATABASE=postgres PGUSER=pat PGPORT=5433: sh -c',
  ],
  [
    'on the host, with another role and database',
    { user: 'boss' },
    { database: 'a=b' },
    'as postgres, with PGDATABASE=a=b PGUSER=boss: sh -c',
  ],
  [
    'in a container',
    inContainer,
    undefined,
    'with PGDATABASE=postgres: docker exec --interactive --env PGDATABASE db sh -c',
  ],
  [
    'in a container, as others',
    { ...inContainer, as: 'postgres', user: 'boss', port: 5433 },
    { database: 'x' },
    'with PGDATABASE=x PGUSER=boss PGPORT=5433: docker exec --interactive --env PGDATABASE --env PGUSER --env PGPORT --user postgres db sh -c',
  ],
])('psql reads its statements by stdin: %s', async (_, server, options, command) => {
  expect(await called(server, options)).toEqual([command, ["SELECT 'a''b';\nSELECT 2;\n"]])
})

/** What is said of a psql that fails, and of which kind it is. */
async function failed(output: ScriptedOutput, server: PostgresServer = {}): Promise<[kind: unknown, text: string]> {
  const { host } = sqlHost(() => output, running)
  const work = (): Promise<string> => runSql(host.host, server, [sql`SELECT 1`])
  const kind = await work().catch((error: unknown) => (error as Error).constructor)
  return [kind, await refusal(work)]
}

it.each<[string, PostgresServer, ScriptedOutput, RegExp]>([
  [
    'there is no psql',
    {},
    { code: 127, stderr: 'there is no psql' },
    /^there is no psql on scripted\npackages\(\{ present: \['postgresql'\] \}\)/,
  ],
  [
    'it has no client',
    {},
    { code: 1, stderr: 'Error: You must install at least one postgresql-client-<version> package' },
    /no psql on scripted/,
  ],
  ['a container has no psql', inContainer, { code: 127 }, /^there is no psql in the container db\n/],
  [
    'nothing answers',
    {},
    {
      code: 2,
      stderr: 'psql: error: connection to server on socket "/x" failed: No such file or directory\n\tIs it there?',
    },
    /^PostgreSQL on scripted does not answer: .*No such file or directory\nDoes it run, and at this port\? pg_lsclusters/,
  ],
  [
    'it starts for too long',
    inContainer,
    { code: 2, stderr: 'FATAL:  the database system is starting up\n' },
    /^PostgreSQL on db does not answer: FATAL: {2}the database system is starting up\nSee why: docker logs db/,
  ],
  [
    'its container is restarted meanwhile',
    inContainer,
    { code: 1, stderr: 'Error response from daemon: container abc is not running' },
    /^the container db does not run\nSee why: docker logs db/,
  ],
])('what is not there is missing: %s', async (_, server, output, expected) => {
  const [kind, text] = await failed(output, server)
  expect(kind).toBe(MissingError)
  expect(text).toMatch(expected)
})

it.each([
  [3, 'ERROR:  permission denied for table pg_authid', 'Only a superuser may do this'],
  [3, 'ERROR:  must be owner of database shop', 'Only a superuser may do this'],
  [2, 'FATAL:  Peer authentication failed for user "pat"', 'A superuser must be let in over the socket'],
  [2, 'FATAL:  role "nobody" does not exist', 'A superuser must be let in over the socket'],
  [3, 'ERROR:  database "shop" is being accessed by other users', 'Stop first what is connected to it'],
  [3, 'ERROR:  invalid LC_COLLATE locale name: "xx"', 'The system lacks that locale'],
  [3, 'ERROR:  something else', ''],
])('what PostgreSQL refuses is its own error, with what to do: %s %s', async (code, stderr, hint) => {
  const [kind, text] = await failed({ code, stderr })
  expect(kind).toBe(CommandError)
  expect(text).toContain(`psql ended with ${code}\n  ${stderr}`)
  expect(text).toContain(hint)
})

it('a container that is not there is missing, before anything runs', async () => {
  const { host, asked } = sqlHost(() => '')
  expect(await refusal(() => runSql(host.host, inContainer, [sql`SELECT 1`]))).toBe(
    'there is no container db\nSee docker ps -a. A task that makes it comes before this one.',
  )
  expect(asked).toEqual([])
})

it('a user that is not there is missing', async () => {
  const host = sqlHost(() => '').host
  const gone = (): never => {
    throw new CommandError('psql', {
      host: 'x',
      exitCode: 125,
      output: '',
      reason: 'there is no user postgres on this host',
    })
  }
  Object.assign(host, { quiet: () => gone })
  const text = await refusal(() => runSql(host.host, {}, [sql`SELECT 1`]))
  expect(text).toMatch(
    /^there is no user postgres, as whom PostgreSQL is asked\npackages\(\{ present: \['postgresql'\] \}\) installs/,
  )
})
