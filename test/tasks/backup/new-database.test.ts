import { expect, it } from 'vitest'
import { createLike, databasesOf, dropDatabases, statementsFor } from '../../../tasks/backup/new-database.ts'
import { postgresHost, ran } from './postgres-host.ts'
import { placeOf } from '../../../tasks/backup/place.ts'

const said = (name: string): string => `-- Name: shop; Type: DATABASE
CREATE DATABASE ${name} WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';
ALTER DATABASE ${name} OWNER TO boss;
\\connect ${name}
ALTER DATABASE ${name} SET work_mem TO '5MB';
ALTER ROLE boss IN DATABASE ${name} SET search_path TO 'x';
GRANT CONNECT ON DATABASE ${name} TO reader;
REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
ALTER DATABASE other OWNER TO boss;
COMMENT ON DATABASE ${name} IS 'x';
`
const expected = `CREATE DATABASE "new" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';
ALTER DATABASE "new" OWNER TO boss;
ALTER DATABASE "new" SET work_mem TO '5MB';
ALTER ROLE boss IN DATABASE "new" SET search_path TO 'x';
GRANT CONNECT ON DATABASE "new" TO reader;
REVOKE ALL ON DATABASE "new" FROM PUBLIC;
`

it.each([
  ['shop', 'shop'],
  ['user', '"user"'],
  ['a.b "c', '"a.b ""c"'],
])('a database like %s is made, with its settings and grants', (name, written) => {
  expect(statementsFor(name, 'new', said(written))).toBe(expected)
})

const server = { image: 'x', database: 'shop', user: 'boss', size: 1, free: 1 }

it('it is made in the service database', async () => {
  const host = postgresHost({ 'pg_dump -w --create': said('shop') })
  await createLike(host.host, placeOf('shop'), server, 'new')
  expect(ran(host)).toEqual([
    "in shop-postgres: pg_dump -w --create --schema-only -N '*'",
    'in shop-postgres: psql … -v name=new -d template1',
  ])
})

it('without one to be like, it is a plain one', async () => {
  const host = postgresHost()
  await createLike(host.host, placeOf('shop'), { ...server, size: null }, 'new')
  expect(ran(host)).toEqual(['in shop-postgres: psql … -v name=new -d template1'])
})

it('what it is to be like must be known', async () => {
  const host = postgresHost({ 'pg_dump -w --create': { code: 1, stderr: 'pg_dump: error: no' } })
  await expect(createLike(host.host, placeOf('shop'), server, 'new')).rejects.toThrow(
    'how the database shop was made is not known: pg_dump: error: no',
  )
})

it('databases are removed one by one, and listed', async () => {
  const host = postgresHost({ 'psql … -d template1': '["postgres", "shop"]\n' })
  await dropDatabases(host.host, placeOf('shop'), ['a', 'b'])
  expect(ran(host)).toEqual([
    'in shop-postgres: psql … -v name=a -d template1',
    'in shop-postgres: psql … -v name=b -d template1',
  ])
  expect(await databasesOf(host.host, placeOf('shop'))).toEqual(['postgres', 'shop'])
})
