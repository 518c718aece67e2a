import type { Task } from '../../../runner/index.ts'
import { groupMember, unit } from '../../system/index.ts'
import { dockerEngine } from './engine.ts'
import { liveRestore } from './live-restore.ts'
import { dockerRestarts } from './restarts.ts'

export interface DockerOptions {
  /** The packages to install; default: those of the distribution. */
  packages?: readonly string[]
  /** False leaves dockerd's settings as they are; else containers, and the connections to them, outlive dockerd. */
  liveRestore?: boolean
  /** Who may use Docker without sudo. */
  user: string
  /** Hears why live-restore stays off, where it does. */
  tell(note: string): void
}

/** Docker is installed and runs, and a user may use it without sudo. */
export const docker = ({ packages, liveRestore: wanted, user, tell }: DockerOptions): Task[] => [
  dockerEngine(packages),
  unit('docker', { running: true, enabled: true }),
  ...(wanted === false ? [] : [liveRestore(wanted, tell), ...dockerRestarts()]),
  // root may use Docker as it is.
  ...(user === 'root' ? [] : [groupMember(user, 'docker')]),
]
