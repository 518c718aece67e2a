import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where labs keep what outlives a command: the engine's data, and a directory for each lab. */
export const home =
  process.env.CUTOVER_LAB_HOME ??
  (process.getuid?.() === 0 ? '/var/lib/cutover-lab' : join(homedir(), '.local/state/cutover-lab'))

/** The directory of one lab: key, CA, known_hosts, inventory. */
export const labDirectory = (name: string): string => join(home, 'labs', name)
