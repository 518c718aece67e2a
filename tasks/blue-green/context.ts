import type { App } from '../app/index.ts'
import type { Release } from './history.ts'
import type { Wanted } from './state.ts'

/** What the steps of one release on one host work with. */
export interface ReleaseContext {
  /** The app by the settings of now. */
  app: App
  kind: Release['kind']
  who: string
  signal: AbortSignal
  /** @throws CutoverError if the release lock is not ours any more: then nothing may be changed, and nothing undone. */
  assertLockHeld: () => void
  /** What is released, found out at the first call. @throws CutoverError */
  resolve: () => Promise<ResolvedRelease>
}

/** What is released on one host. */
export interface ResolvedRelease {
  /** The app with the port and health path of the image that is released. */
  app: App
  wanted: Wanted
  /** The digest of the followed tag when this release began: the poller knows it from then on. null: the registry did not say. */
  followed: string | null
}
