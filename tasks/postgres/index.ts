/** What the rest of the product uses. tasks/authors.ts has all tasks: a run loads only what it needs. */
export { keepPassword } from './keep-password.ts'
export { postgresDatabase } from './postgres-database.ts'
export { postgresRole } from './postgres-role.ts'
export { runSql } from './psql.ts'
export { identifier, joined, type Sql, sql, textArray } from './sql.ts'
