import { UsageError } from '../../../runner/index.ts'

/** How a release is tried on a share of the requests first, on all hosts of a run. */
export interface CanaryPlan {
  /** The part of each host's requests that the new release gets, in per cent. */
  share: number
  /** For how long, in seconds. */
  seconds: number
  /** Each visitor stays with the release that answered first. */
  sticky: boolean
  /** A canary that fails on one host does not end those of the others. */
  keepGoing: boolean
  /** The host whose canary failed last, and when (ms since this program was started). */
  failed?: { host: string; error: unknown; at: number }
}

/** The options of a command that has canaries. */
export const canaryOptions = {
  canary: {
    type: 'string',
    placeholder: 'N%',
    help: 'the new release gets so much of the requests of each host first, beside the old one, and all of them if it is no worse',
  },
  hold: { type: 'string', placeholder: 'TIME', help: 'how long the canary lasts: 90s, 5m or 1h; default 5m' },
  sticky: { type: 'boolean', help: 'with --canary: a visitor stays with one release, by a cookie' },
} as const

const units = { s: 1, m: 60, h: 3600 }
const longest = 86_400

/** Reads `90s`, `5m` or `1h` from a command line. @returns seconds @throws UsageError */
function parseDuration(option: string, text: string): number {
  const [, number, unit] = /^(\d+)([smh])$/.exec(text.trim()) ?? []
  const seconds = Number(number) * units[unit as keyof typeof units]
  if (seconds >= 1 && seconds <= longest) return seconds
  throw new UsageError(`--${option} takes a time of up to a day, not '${text}'`, {
    hint: `For example: --${option} 90s, --${option} 5m, --${option} 1h.`,
  })
}

function parsePercentage(text: string): number {
  const share = Number(/^(\d+(?:\.\d{1,2})?)%$/.exec(text.trim())?.[1])
  if (share > 0 && share < 100) return share
  throw new UsageError(`--canary takes a part of the requests, not '${text}'`, {
    hint: 'For example: --canary 10%, --canary 0.5%. Without --canary the new release gets all of them at once.',
  })
}

/** The canary that a command line asks for; undefined: none. @throws UsageError */
export function canaryPlan(
  { canary, hold, sticky }: { canary?: string; hold?: string; sticky?: boolean },
  keepGoing = false,
): CanaryPlan | undefined {
  if (canary === undefined) {
    const alone = hold === undefined ? (sticky ? 'sticky' : undefined) : 'hold'
    if (alone !== undefined) throw new UsageError(`--${alone} says how a canary is`, { hint: 'Add --canary 10%.' })
    return undefined
  }
  return {
    share: parsePercentage(canary),
    seconds: parseDuration('hold', hold ?? '5m'),
    sticky: sticky ?? false,
    keepGoing,
  }
}
