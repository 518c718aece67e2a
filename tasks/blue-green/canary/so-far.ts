import type { CanaryResult } from '../cut-over-summary.ts'
import { shownTime } from '../p95.ts'
import type { CanaryPlan } from './plan.ts'
import type { Answers } from './verdict.ts'

/** What a canary had to answer, for the history. */
export const resultOf = ({ share, seconds }: CanaryPlan, canary: Answers, former: Answers): CanaryResult => ({
  ...{ share, seconds, requests: canary.all, failed: canary.errors },
  ...(canary.p95 !== undefined && { p95: canary.p95 }),
  ...(former.p95 !== undefined && { p95Beside: former.p95 }),
})

const told = ({ all, errors, p95 }: Answers): string =>
  `${all.toLocaleString('en-US')} requests, ${errors.toLocaleString('en-US')} failed` +
  (p95 === undefined ? '' : `, p95 ${shownTime(p95)}`)

/** What a person sees while it holds, and the numbers of it. */
export const soFar = (
  { share, seconds }: CanaryPlan,
  age: number,
  { fresh, former }: { fresh: Answers; former: Answers },
): [text: string, values: Record<string, number>] => [
  `${age} of ${seconds} s with ${share} %: ${told(fresh)}; beside it ${told(former)}`,
  {
    age,
    seconds,
    share,
    requests: fresh.all,
    failed: fresh.errors,
    requestsBeside: former.all,
    failedBeside: former.errors,
  },
]
