import type * as At from './at.ts'
import type * as Planning from './plan.ts'

export { forceOption } from './crossed.ts'
export { withLock } from './lock.ts'
export { hostFirst } from './canary/host-first.ts'
export { canaryOptions, canaryPlan } from './canary/plan.ts'
export { approved, wantsApproval } from './approval.ts'
export { appFolder, appIsSetUp } from './app-folder.ts'
export { detachOption, unfinishedTarget } from './detach.ts'
export { type CutOver, cutOverSummary } from './cut-over-summary.ts'
export { forcedBy, forceOptions, notFrozen } from './held.ts'
export { release, releaser } from './release.ts'
export { laterPulls } from './steps/early-pull.ts'
export { retryBadOption } from './remembered.ts'
export { type ReleaseTarget, resolveTag, tagNamed, tagOfImage } from './resolve.ts'
export { away, back } from './slots/away.ts'
export { broughtImage } from './steps/pull.ts'
export { slotsJoined } from './slots/joined.ts'
export { servedWhileUnlocked } from './slots/serving.ts'
export { printStatus } from './status-table.ts'
export { isOutdated, outdatedNotes } from './status.ts'
export { liveTarget, rollbackTarget, tagOnce } from './targets.ts'

/** What a release would do on a host. It is loaded by those who ask for it. */
export const planOn: typeof Planning.planOn = async (...given) => (await import('./plan.ts')).planOn(...given)

/** The time of `deploy --at`, and the wait for it, loaded likewise. */
export const atTime = (): Promise<typeof At> => import('./at.ts')
