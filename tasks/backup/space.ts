import { CutoverError, type HostView } from '../../runner/index.ts'
import { isBackupOf } from './names.ts'

/** Bytes that stay free: what else is on the disk goes on. */
const reserve = 64 * 1024 * 1024

export const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** @throws CutoverError if so much does not fit on a disk */
export function verifySpace(
  what: string,
  { needed, free, where }: { needed: number; free: number; where: string },
): void {
  if (needed + reserve <= free) return
  throw new CutoverError(
    `${what} needs about ${inMegabytes(needed)}, and ${where} has ${inMegabytes(free)} free (${inMegabytes(reserve)} are left to others)`,
    { hint: 'Nothing was changed. Make room (df -h; docker system df), or name a folder on another disk.' },
  )
}

/** The backups of an app in a folder, oldest first, with their size in bytes. */
export async function backupsIn(
  host: HostView,
  folder: string,
  app: string,
): Promise<{ name: string; size: number }[]> {
  const { stdout } = await host.quiet({
    nothrow: true,
  })`find ${folder}/ -maxdepth 1 -type f -name ${`${app}-*.dump`} -printf ${'%s %f\\n'} 2>/dev/null`
  return stdout
    .split('\n')
    .map((line) => ({ size: Number(line.split(' ')[0]), name: line.slice(line.indexOf(' ') + 1) }))
    .filter(({ name }) => isBackupOf(app, name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/**
 * Verifies that a dump fits into a folder. It takes at most as much as the database; the last backup says how much less.
 * @throws CutoverError if it does not, or there is no folder
 */
export async function verifySpaceForDump(
  host: HostView,
  { app, folder, size }: { app: string; folder: string; size: number },
): Promise<void> {
  const { stdout, exitCode } = await host.quiet({
    nothrow: true,
  })`df -Pk ${folder} | awk ${'END { printf "%.0f\\n", $4 * 1024 }'}`
  if (exitCode !== 0) throw new CutoverError(`there is no folder ${folder} on ${host.name}`)
  const last = (await backupsIn(host, folder, app)).at(-1)
  const needed = last ? Math.min(size, last.size * 1.5) : size
  verifySpace(`A dump of ${app}'s database`, { needed, free: Number(stdout), where: folder })
}
