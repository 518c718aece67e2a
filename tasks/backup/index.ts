export { backUp } from './backup.ts'
export { confirmed, keepOf, restoreOptions } from './command-line.ts'
export { restore } from './restore.ts'
export { upgradePostgres } from './upgrade.ts'
