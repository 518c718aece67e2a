import type { Task } from '../../runner/index.ts'
import type { PackageNames } from './package-names.ts'
import { packages, type PackagesOptions } from './packages.ts'

/** What `apt` takes. */
export type AptOptions = Pick<PackagesOptions, 'recommends' | 'patience' | 'notify' | 'tags'>

/**
 * Debian packages are installed: `packages` with nothing but `present`.
 * @example apt(['curl', 'nginx=1.22*'])
 */
export const apt = (present: PackageNames, options: AptOptions = {}): Task => packages({ present, ...options })
