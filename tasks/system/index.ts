import type { Task } from '../../runner/index.ts'
import type { Upkeep } from './upkeep.ts'

/** What the rest of the product uses. tasks/authors.ts has all tasks: a run loads only what it needs. */
export { cronTimes } from './cron-times.ts'
export { curl } from './curl.ts'
export { directory } from './directory.ts'
export { groupMember } from './group.ts'
export { link } from './link.ts'
export { logRotation } from './log-rotation.ts'
export { packages } from './packages.ts'
export { type Platform, platformFact } from './platform.ts'
export { repositories } from './repositories.ts'
export { rootFile, rootFolder } from './root-file.ts'
export {
  dockerBehindUfw,
  firewalldInTheWay,
  isDockers,
  parseFrom,
  parseListeners,
  parseLists,
  parsePort,
  ufw,
  verifyComment,
  verifyInterface,
} from './ufw/index.ts'
export { unit } from './unit.ts'
export { upkeepFiles } from './upkeep-files.ts'
export { vital } from './vital.ts'

/** Loaded late: few hosts ask for it. */
export const upkeep = async (wanted: Upkeep): Promise<Task[]> => (await import('./upkeep.ts')).upkeep(wanted)
