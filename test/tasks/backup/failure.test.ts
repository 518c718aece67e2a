import { expect, it } from 'vitest'
import { postgresError, tellingLine } from '../../../tasks/backup/failure.ts'
import { placeOf } from '../../../tasks/backup/place.ts'

it.each([
  ['psql: error: fe_sendauth: no password supplied', /another password than \/opt\/shop\/postgres\/password/],
  ['FATAL:  password authentication failed for user "x"', /another password/],
  ['write /dev/stdout: no space left on device', /The disk is full/],
  ['ERROR:  could not extend file "base/1": No space left on device', /The disk is full/],
  ['FATAL:  the database system is starting up', /still starting.*docker logs --tail 20 shop-postgres/],
  ['/run:5432 - no response', /still starting/],
  ['/run:5432 - rejecting connections', /still starting/],
  ['pg_restore: error: x: ERROR:  role "gone" does not exist\nCommand was: ALTER', /--no-owner/],
  ['FATAL:  database "shop" does not exist', /database: \{ name: NAME \}/],
  ['pg_restore: error: unsupported version (1.16) in file header', /newer PostgreSQL/],
  ['ERROR:  database "shop" is being accessed by other users', /prepared transaction/],
  ['ERROR:  canceling statement due to lock timeout', /migration/],
  ['something else', /^See what it says: docker logs --tail 20 shop-postgres$/],
  ['', /^See what it says/],
])('%j is answered with what to do', (output, hint) => {
  expect(postgresError('It failed', placeOf('shop'), output).hint).toMatch(hint)
})

it('the line that says what is wrong is part of the message', () => {
  expect(tellingLine('a\npg_restore: error: wrong\nCommand was: X\n')).toBe('pg_restore: error: wrong')
  expect(tellingLine('a\n b \n')).toBe('b')
  expect(postgresError('It failed', placeOf('shop'), 'x\n').message).toBe('It failed: x')
  expect(postgresError('It failed', placeOf('shop'), '').message).toBe('It failed')
})
