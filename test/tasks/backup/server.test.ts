import { expect, it } from 'vitest'
import { placeOf } from '../../../tasks/backup/place.ts'
import { inContainer, psqlArgv, runSql, serverOf } from '../../../tasks/backup/server.ts'
import { postgresHost, ran } from './postgres-host.ts'

it('a program gets user, database and password of its container, and none of them is an argument', () => {
  expect(inContainer('db', 'pg_dump', '-Fc')).toEqual([
    ...['docker', 'exec', '--interactive', 'db', 'sh', '-c'],
    `PGUSER=\${POSTGRES_USER:-postgres}
PGDATABASE=\${POSTGRES_DB:-$PGUSER}
if [ -r "\${POSTGRES_PASSWORD_FILE:-}" ]; then IFS= read -r PGPASSWORD <"$POSTGRES_PASSWORD_FILE" || :; export PGPASSWORD; fi
export PGUSER PGDATABASE PGCONNECT_TIMEOUT=10
export PGAPPNAME="\${PGAPPNAME:-cutover}"
exec "$@"`,
    ...['sh', 'pg_dump', '-Fc'],
  ])
})

it('values of SQL are variables of psql', () => {
  const options = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1']
  expect(psqlArgv(undefined)).toEqual(['psql', ...options])
  expect(psqlArgv('x', { name: `it's "a"` })).toEqual(['psql', ...options, '-v', `name=it's "a"`, '-d', 'x'])
})

it('a server says what it has', async () => {
  const host = postgresHost()
  expect(await serverOf(host.host, placeOf('shop'))).toEqual({
    image: 'sha256:abc',
    database: 'shop',
    user: 'boss',
    size: 5000,
    free: 900_000_000,
  })
  expect(ran(host)).toEqual([])
})

it('a database that is missing has no size', async () => {
  const host = postgresHost({ 'psql … -v database=shop': '\n' })
  expect(await serverOf(host.host, placeOf('shop'))).toMatchObject({ database: 'shop', size: null })
})

it.each([
  [
    'none',
    postgresHost({ 'docker inspect': { code: 1, stderr: 'Error: No such container' } }),
    'there is no container shop-postgres on scripted',
  ],
  [
    'one that is not ours',
    postgresHost({}, { labels: { other: 'x' } }),
    "the container shop-postgres is not Cutover's: it has no label of that name",
  ],
  [
    'one that does not run',
    postgresHost({}, { state: { Running: false, ExitCode: 137 } }),
    'shop-postgres does not run: it ended with 137 (SIGKILL)',
  ],
  [
    'one that is slow',
    postgresHost({ pg_isready: { code: 2, stdout: '/run:5432 - rejecting connections\n' } }),
    'shop-postgres does not answer within 60 s: /run:5432 - rejecting connections',
  ],
  [
    'one with another password',
    postgresHost({ 'psql …': { code: 2, stderr: 'FATAL: password authentication failed for user "boss"\n' } }),
    'shop-postgres does not answer: FATAL: password authentication failed for user "boss"',
  ],
])('%s is told', async (_, host, expected) => {
  await expect(serverOf(host.host, placeOf('shop'))).rejects.toThrow(expected)
})

it('SQL that is refused says what it was for', async () => {
  const host = postgresHost({ 'psql …': { code: 3, stderr: 'ERROR:  no' } })
  await expect(runSql(host.host, placeOf('shop'), { sql: 'x', values: {}, what: 'it failed' })).rejects.toThrow(
    'it failed: ERROR:  no',
  )
})
