import type { Task } from '../../runner/index.ts'
import { cron } from './cron.ts'
import { swap } from './swap.ts'
import { sysctl } from './sysctl.ts'
import { timeSync } from './time-sync.ts'
import { unattendedUpgrades } from './unattended-upgrades.ts'
import { buildCacheName, sysctlName } from './upkeep-files.ts'

/** What a host does for itself. What is undefined is not touched. */
export interface Upkeep {
  /** The size of /swapfile in MiB. */
  swap?: number
  sysctl?: Readonly<Record<string, string | number>>
  timeSync?: boolean
  /** Whether security updates are installed; and the time of day of a reboot that they need. */
  upgrades?: { wanted: boolean; reboot?: string }
  /** After so many days Docker's cache of builds, which nobody has used since, is removed; and at which time of day. */
  buildCache?: { days: number; at: string }
  /** Hears what an operator should know though nothing changes. */
  tell(note: string): void
}

export const upkeep = ({
  swap: megabytes,
  sysctl: settings = {},
  timeSync: time,
  upgrades,
  buildCache,
  tell,
}: Upkeep): Task[] => [
  ...(time === true ? [timeSync(tell)] : []),
  ...(megabytes === undefined ? [] : [swap('/swapfile', { megabytes })]),
  ...(Object.keys(settings).length === 0 ? [] : [sysctl(settings, { name: sysctlName })]),
  ...(upgrades === undefined ? [] : unattendedUpgrades(upgrades.wanted, upgrades.reboot, tell)),
  ...(buildCache === undefined
    ? []
    : [
        cron(buildCacheName, {
          at: buildCache.at,
          command: `docker builder prune --force --filter until=${buildCache.days * 24}h >/dev/null`,
        }),
      ]),
]
