import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { action, type OnHost, type Task } from '../../runner/index.ts'
import type { SharedDatabase } from '../app/index.ts'
import { type Backup, dumped, type Findings, landed, verified } from './dump.ts'
import { backupFolder, backupName, stampOf } from './names.ts'
import { proven } from './prove.ts'
import { newestBackups } from './retention.ts'
import { inTotal } from './rows.ts'
import { placeOf } from './place.ts'
import { inMegabytes } from './space.ts'

export interface BackupOptions {
  app: string
  /** Where its database is, if that is in the PostgreSQL of another app. */
  shared?: SharedDatabase
  /** A folder of the host. */
  folder?: string
  /** A folder of this machine, into which the backup goes instead. */
  to?: string
  /** So many of the newest backups in the host's folder stay. Default: all. */
  keep?: number
  /** Restores it into a container of its own, and compares the rows. */
  prove?: boolean
}

/**
 * Dumps the database of an app on one host. A dump that fails, or is not whole, leaves no file.
 * @throws TaskError
 */
export async function backUp(on: OnHost<unknown>, options: BackupOptions): Promise<void> {
  const { app, shared, folder = backupFolder(app), to, keep, prove = false } = options
  const backup: Backup = { app, place: placeOf(app, shared), folder, stamp: stampOf(new Date()), counted: prove }
  const findings: Findings = {}
  const name = backupName(app, backup.stamp)
  const local = to === undefined ? undefined : join(to, `${on.host.name}-${name}`)
  await on.transaction(...backupSteps(backup, findings, prove))
  await on.run(
    local !== undefined && brought(`${folder}/${name}`, local),
    keep !== undefined && newestBackups(app, folder, keep),
  )
  if (on.check) return
  const { size = 0, tables = 0, rows } = findings
  on.say(
    `${local ?? `${folder}/${name}`}: ${inMegabytes(size)}, ` +
      (prove && rows ? `proven by a restore: ${inTotal(rows)}` : `${tables} tables with data`),
  )
}

/** The steps until a backup lies in its folder. */
export const backupSteps = (backup: Backup, findings: Findings, prove = false): Task[] => [
  dumped(backup, findings),
  verified(backup, findings),
  ...(prove ? [proven(backup, findings)] : []),
  landed(backup),
]

/** A backup that has arrived here whole does not stay on the host. */
const brought = (file: string, local: string): Task =>
  action(`${local} on this machine`, async (host) => {
    mkdirSync(join(local, '..'), { recursive: true, mode: 0o700 })
    await host.fetch(file, local)
    await host.$`rm -f ${file}`
  })
