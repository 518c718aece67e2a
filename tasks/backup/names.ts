import { paths } from '../paths.ts'

/** A moment as names of files and databases have it: 20261127t070038z. They sort as the moments do. */
export type Stamp = string

export const stampOf = (moment: Date): Stamp =>
  moment.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '').toLowerCase()

/** Where an app's backups lie on its host, if no other folder is named. */
export const backupFolder = (app: string): string => `${paths.app(app)}/backups`

export const backupName = (app: string, stamp: Stamp): string => `${app}-${stamp}.dump`

/** Whether a file was named by us for a backup of this app. */
export const isBackupOf = (app: string, name: string): boolean =>
  name.startsWith(`${app}-`) && /^\d{8}t\d{6}z\.dump$/.test(name.slice(app.length + 1))

/** The file of a backup until it is whole. */
export const partialOf = (folder: string, app: string, stamp: Stamp): string =>
  `${folder}/.${backupName(app, stamp)}.partial`

/** The length of a name in PostgreSQL, in bytes. */
const longest = 63

const withSuffix = (database: string, suffix: string): string =>
  `${database.slice(0, longest - suffix.length)}${suffix}`

/** The database that a dump is restored into. */
export const restoringName = (database: string, stamp: Stamp): string => withSuffix(database, `_restoring_${stamp}`)

/** The database that was there before a restore. */
export const beforeName = (database: string, stamp: Stamp): string => withSuffix(database, `_before_${stamp}`)

/** Whether a database was kept, or left unfinished, by a restore of this one. */
export const isOfRestore = (database: string, name: string): boolean => {
  const [stamp] = /\d{8}t\d{6}z$/.exec(name) ?? []
  return stamp !== undefined && [beforeName(database, stamp), restoringName(database, stamp)].includes(name)
}
