import type { z as Z } from 'zod'
import { type Task, z } from '../../runner/index.ts'
import { upkeep as tasksOf, upkeepFiles } from '../system/index.ts'
import { spread } from './spread.ts'

const time = '([01]\\d|2[0-3]):([0-5]\\d)'
const windowPattern = new RegExp(`^${time} - ${time}$`)

const rebootWindow = z
  .string()
  .regex(windowPattern, 'a window is two times of a day: 03:00 - 05:00')
  .refine((text) => text.slice(0, 5) !== text.slice(-5), 'a window has a length: 03:00 - 05:00')

/** What a host does for itself. What is not named is left as it is. */
export const upkeepSettings = z.strictObject({
  /** A program sets the clock. */
  time_sync: z.literal(true, { error: 'time_sync is true, or left out: Cutover turns no clock off' }).optional(),
  /** The size of /swapfile in MiB. */
  swap: z.int().min(16).max(1_048_576).optional(),
  sysctl: z
    .record(
      z.string().regex(/^\w[\w-]*([./][\w:-]+)+$/, 'a setting of the kernel: vm.swappiness'),
      z.union([z.string().min(1), z.number()]),
    )
    .optional(),
  /** Security updates by unattended-upgrades; with the window, a host whose packages ask for it reboots in it. */
  upgrades: z
    .union([z.boolean(), z.strictObject({ reboot: rebootWindow })], {
      error: 'upgrades is true, false or { reboot: "03:00 - 05:00" }',
    })
    .optional(),
  /** What Docker has kept of builds, and nobody has used for so many days, is removed each night. */
  build_cache_days: z.int().min(1).max(3650).optional(),
})
export type UpkeepSettings = Z.output<typeof upkeepSettings>

/** The tasks by which a host has what the inventory wants of it. Each host reboots and cleans up at a minute of its own. */
export async function upkeep(host: string, wanted: UpkeepSettings, tell: (note: string) => void): Promise<Task[]> {
  if (Object.keys(wanted).length === 0) return []
  const { upgrades, build_cache_days: days } = wanted
  const reboot = typeof upgrades === 'object' ? timeIn(upgrades.reboot, host) : undefined
  return tasksOf({
    swap: wanted.swap,
    sysctl: wanted.sysctl,
    timeSync: wanted.time_sync,
    upgrades: upgrades === undefined ? undefined : { wanted: upgrades !== false, reboot },
    buildCache: days === undefined ? undefined : { days, at: timeIn('02:00 - 05:00', host) },
    tell,
  })
}

/** What an earlier setup may have left on a host, and its inventory does not name any more: path → key. */
export const formerUpkeep = (wanted: UpkeepSettings): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(upkeepFiles).flatMap(([key, path]) =>
      wanted[key as keyof typeof upkeepFiles] === undefined ? [[path, `upkeep.${key}`] as const] : [],
    ),
  )

/** A minute of a window, which may go over midnight, that is always the same for a host. */
function timeIn(window: string, host: string): string {
  const [from = 0, to = 0] = [window.slice(0, 5), window.slice(-5)].map((text) => {
    const [hours = 0, minutes = 0] = text.split(':').map(Number)
    return hours * 60 + minutes
  })
  const minute = (from + spread(host, (to - from + 1440) % 1440)) % 1440
  const digits = (number: number): string => String(number).padStart(2, '0')
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`
}
