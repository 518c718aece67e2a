/** Tasks that were there before, and are parts of others today. They are not counted. */
import type { Task } from '../../runner/index.ts'
import { directory, packages, unit } from '../../tasks/authors.ts'

export const apt = (names: readonly string[]): Task => packages({ present: names })
export const service = (name: string): Task => unit(name, { running: true, enabled: true })
export const directories = (folders: readonly { path: string; mode?: string; owner?: string }[]): Task[] =>
  folders.map(({ path, mode = '755', owner = 'root:root' }) => directory(path, { mode, owner }))
