import type { Host } from '../../runner/index.ts'
import type { BegunPull } from './begun-pull.ts'

export type { BegunPull } from './begun-pull.ts'

/** Begins to pull an image, on a channel of its own. Most releases find it on the host, so its code is loaded late. */
export const beginPull = async (host: Host, reference: string): Promise<BegunPull> =>
  new (await import('./begun-pull.ts')).BegunPull(host, reference)
