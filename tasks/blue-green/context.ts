import type { HostView } from '../../runner/index.ts'
import type { App, Slot } from '../app/index.ts'
import type { BegunPull } from '../docker/index.ts'
import type { CutOver } from './cut-over-summary.ts'
import type { Release } from './history.ts'
import type { Observation } from './slots/observation.ts'
import type { SlotCounts } from './slots/slot-counts.ts'
import type { Wanted } from './slots/state.ts'

/** What the steps of one release on one host work with. */
export interface ReleaseContext {
  /** The app with the current settings of the inventory. */
  app: App
  kind: Release['kind']
  /** Who releases, for the history. */
  who: string
  /** Why a person releases in spite of a freeze. */
  reason?: string
  signal: AbortSignal
  /**
   * @throws CutoverError if this run no longer holds the release lock: then it may change nothing, and undo nothing.
   */
  assertLockHeld: () => void
  /** What this run has done of the cut-over. */
  cutOver: Partial<CutOver> & {
    /** What Traefik had counted for the slots when this run began to start the new one, and when (ms since 1970). */
    early?: { at: number; counts: SlotCounts }
    /** What it had counted right before the switch. */
    before?: SlotCounts
    /** How often the new slot had restarted then. */
    restarts?: number
    /** The slot that the route was switched to. */
    slot?: Slot
  }
  /** What the host showed last. */
  seen: Observation
  /** Looks at an image that was pulled: it may be the one that serves, under another digest. Then that is released. */
  pulled: (host: HostView) => Promise<void>
  /** Finds out at the first call what is released; later calls return the same. @throws CutoverError */
  resolve: () => Promise<ResolvedRelease>
  /** What was done for the image before the lock was had, if that worked. It never rejects. */
  early?: Promise<EarlyPull | undefined> | undefined
  /**
   * The digest of the tag that the poller follows, as it was when this release began; the release records it so that
   * the poller does not release it again. null: the registry did not say.
   */
  followed: () => Promise<string | null>
}

/** What is released on one host. */
export interface ResolvedRelease {
  /** The app with the port and health path of the image that is released. */
  app: App
  wanted: Wanted
  /** The same was refused on this host before, and is not tried again: then nothing is done. */
  refusal?: Release
}

/** What is known of an image, and done for it, before a release has its lock. */
export interface EarlyPull {
  /** The image, by its digest. */
  name: string
  /** undefined: it was on the host already. */
  begun: BegunPull | undefined
}
