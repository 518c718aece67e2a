import { expect, it } from 'vitest'
import { explainPostgres } from '../../../tasks/app/database-trouble.ts'

it.each([
  ['PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device', 'The disk is full.'],
  ['LOG:  database system was not properly shut down; automatic recovery in progress', 'It is still starting'],
  ['FATAL:  the database system is starting up', 'It is still starting'],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'too little memory'],
  ['FATAL:  password authentication failed for user "shop"', 'another password'],
])('%s is explained', (log, words) => {
  expect(explainPostgres(log)).toContain(words)
})

it('what is not known is not explained', () => {
  expect(explainPostgres('LOG:  checkpoint complete')).toBeUndefined()
})
