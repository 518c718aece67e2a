import { expect, it } from 'vitest'
import { readBack } from '../../../tasks/backup/verify.ts'
import { postgresHost, ran } from './postgres-host.ts'
import { placeOf } from '../../../tasks/backup/place.ts'

const files = { '/b/x.dump': 'PGDMP…' }
const list =
  ';\n; Archive\n1; 1259 1 TABLE public a boss\n2; 0 1 TABLE DATA public a boss\n3; 0 2 TABLE DATA public b boss\n'

it('a dump is read twice: its list, and all of it', async () => {
  const host = postgresHost({ '--list': list }, { files })
  expect(await readBack(host.host, placeOf('shop'), '/b/x.dump')).toEqual({ size: 8, tables: 2 })
  expect(ran(host)).toEqual([
    'in shop-postgres: pg_restore --list </b/x.dump',
    'in shop-postgres: pg_restore -f /dev/null </b/x.dump',
  ])
})

it.each([
  ['--list', 'pg_restore: error: input file does not appear to be a valid archive', 'Was it cut off'],
  ['--list', 'pg_restore: error: input file appears to be a text format dump. Please use psql.', 'It is SQL'],
  ['--list', 'pg_restore: error: unsupported version (1.99) in file header', 'A newer pg_dump'],
  ['-f /dev/null', 'pg_restore: error: could not read from input file: end of file', 'Was it cut off'],
])('if %s says %j, it is not whole', async (part, stderr, hint) => {
  const host = postgresHost({ [part]: { code: 1, stderr } }, { files })
  await expect(readBack(host.host, placeOf('shop'), '/b/x.dump')).rejects.toMatchObject({
    message: `/b/x.dump is not a whole dump: ${stderr}`,
    hint: expect.stringContaining(hint) as string,
  })
})

it('a file that is missing is told', async () => {
  await expect(readBack(postgresHost().host, placeOf('shop'), '/b/x.dump')).rejects.toThrow(
    'there is no file /b/x.dump on scripted',
  )
})
