import type { App } from '../app/index.ts'
import type { Release } from './history.ts'
import type { Wanted } from './state.ts'

/** What the steps of one release on one host work with. */
export interface ReleaseContext {
  app: App
  wanted: Wanted
  kind: Release['kind']
  who: string
  /** Whether the app has a database network. */
  backend: boolean
  signal: AbortSignal
  /** The digest of the followed tag when this release began: no news to the poller from now on. null: the registry did not say. */
  followed: string | null
  /** @throws CutoverError if the release lock is not ours any more: then nothing may be changed, not even taken back. */
  assertLockHeld: () => void
}
