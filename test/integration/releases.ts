import type { DebianRelease } from '../../lab/base-images.ts'

/**
 * The releases of Debian on which tasks are proven: `describe.each(releases)`. docs/tasks.md says which task runs in such
 * a `describe` (tools/proofs.ts).
 */
export const releases: readonly DebianRelease[] = [13, 12]
