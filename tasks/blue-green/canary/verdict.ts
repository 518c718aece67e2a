/** What a slot has answered during the canary. */
export interface Answers {
  all: number
  /** Those with a status of 5xx. */
  errors: number
  /** The time within which 95 of 100 were answered, in ms; undefined: not known. */
  p95?: number
}

/** So few errors are nobody's fault, as in the bake. */
const toleratedErrors = 2
/** A share of errors that is higher than the old release's by less than this (a percentage point) is no worse. */
const toleratedShare = 0.01
/** Of the old release: with fewer requests than this its share of errors says nothing, and the bake's limit counts. */
const enough = 20
const bakeShare = 0.05
/** A difference is taken for chance up to so many standard errors of it. */
const chance = 3

/** Both slots need so many requests before their times are compared. */
const enoughTimes = 50
/** Slower is who needs more than so many times the old release's time, and so many ms more. */
const slower = { times: 2, ms: 100 }

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`

/** Why a canary is worse than the release that serves; null: it is not, or it cannot be told yet. */
export function worse(canary: Answers, former: Answers, { slow = true }: { slow?: boolean } = {}): string | null {
  const [share, formerShare] = [shareOf(canary), shareOf(former)]
  if (canary.errors > toleratedErrors && share > limitOf(canary, former))
    return (
      `${canary.errors} of ${canary.all} answers were 5xx (${percent(share)}), ` +
      `of the release that serves ${former.errors} of ${former.all} (${percent(formerShare)})`
    )
  const [times, formerTimes] = [timesOf(canary), timesOf(former)]
  if (!slow || times === null || formerTimes === null) return null
  return times > formerTimes * slower.times && times > formerTimes + slower.ms
    ? `95 of 100 answers came within ${Math.round(times)} ms, of the release that serves within ${Math.round(formerTimes)} ms`
    : null
}

const shareOf = ({ all, errors }: Answers): number => (all === 0 ? 0 : errors / all)

/** The share of errors above which a canary is worse. */
function limitOf(canary: Answers, former: Answers): number {
  if (former.all < enough) return bakeShare
  const pooled = (canary.errors + former.errors) / (canary.all + former.all)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / canary.all + 1 / former.all))
  return shareOf(former) + Math.max(toleratedShare, chance * error)
}

const timesOf = ({ all, p95 }: Answers): number | null => (all < enoughTimes || p95 === undefined ? null : p95)

/** Whether a canary had too few requests for a comparison. */
export const hardlyAsked = ({ all }: Answers): boolean => all < enough
