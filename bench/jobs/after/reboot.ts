import type { Task } from '../../../runner/index.ts'
import { reboot } from '../../../tasks/authors.ts'

/** A reboot where a package asks for one. */
export const job = (): Task[] => [reboot({ onlyIf: 'required', within: 15 * 60_000, reason: 'new packages' })]
