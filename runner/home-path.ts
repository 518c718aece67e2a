import { homedir } from 'node:os'
import { join } from 'node:path'

/** A path in which a leading `~` or `~/` is replaced by the home directory of the current user. `~other` is left as it is. */
export const expandHome = (path: string): string => (/^~(?=\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path)
