import type { Task } from '../../../runner/index.ts'
import { groupMember, unit } from '../../system/index.ts'
import { dockerRepository, type DockerRepositoryOptions } from './docker-repository.ts'
import { dockerEngine, type EngineOptions } from './engine.ts'
import { liveRestore } from './live-restore.ts'
import { dockerRestarts } from './restarts.ts'

export interface DockerOptions extends Pick<EngineOptions, 'source' | 'packages' | 'version'> {
  /** Where Docker's own packages come from; by default from Docker. */
  repository?: Pick<DockerRepositoryOptions, 'address' | 'key' | 'fingerprint'>
  /** False leaves dockerd's settings as they are; else containers, and the connections to them, outlive dockerd. */
  liveRestore?: boolean
  /** Who may use Docker without sudo. */
  user: string
  /** Hears what is not as the inventory has it, and why: live-restore that stays off, another Docker, another release. */
  tell(note: string): void
}

/** Docker is installed and runs, and a user may use it without sudo. */
export function docker(options: DockerOptions): Task[] {
  const { source, packages, version, repository, liveRestore: wanted, user, tell } = options
  // Packages that somebody names come from a source of theirs.
  const isOurs = source === 'docker' || (source === undefined && packages === undefined)
  return [
    ...(isOurs ? [dockerRepository({ source, ...repository, tell })] : []),
    dockerEngine({ source, packages, version, tell }),
    unit('docker', { running: true, enabled: true }),
    ...(wanted === false ? [] : [liveRestore(wanted, tell), ...dockerRestarts()]),
    // root may use Docker as it is.
    ...(user === 'root' ? [] : [groupMember(user, 'docker')]),
  ]
}
