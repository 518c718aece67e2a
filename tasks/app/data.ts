import type { Task } from '../../runner/index.ts'
import type { PlacedApp } from './apps.ts'
import { appFiles, type FileSources, filesOf } from './files.ts'
import { appVolumes, socketNote } from './volumes.ts'

/**
 * The volumes and the files that an app mounts are on its host. What is in the files is read at once.
 * @param tell hears what an operator should know though nothing changes
 * @throws UsageError for a file or a secret that is missing
 */
export function volumesAndFiles(placed: PlacedApp, sources: FileSources, tell: (note: string) => void): Task[] {
  const { name, settings } = placed
  const note = socketNote(name, settings.volumes)
  if (note !== null) tell(note)
  return [...appVolumes(name, settings.volumes), ...appFiles(name, filesOf(placed, sources))]
}
