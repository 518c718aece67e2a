export { keepPassword } from './keep-password.ts'
export { postgresDatabase, type PostgresDatabaseOptions } from './postgres-database.ts'
export { postgresRole, type PostgresRoleOptions } from './postgres-role.ts'
export type { PostgresServer } from './server.ts'
