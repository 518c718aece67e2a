import { type Check, ok } from './check.ts'

/** Times in ms since 1970. */
export interface ClockReading {
  /** By our clock: just before the host was asked, and just after its answer. */
  sent: number
  received: number
  /** By the host's clock: at the beginning and at the end of what it did between these. */
  began: number
  ended: number
}

/**
 * How far the host's clock is from ours, at least, in ms; negative: it is behind. The host's times lie between ours in
 * truth, so a difference that the round trip can explain is none.
 */
export function skewOf({ sent, received, began, ended }: ClockReading): number {
  const most = began - sent
  const least = ended - received
  if (least > 0) return least
  return most < 0 ? most : 0
}

/** From so many ms on it is a warning: logins by token and logs of several hosts go wrong. */
const tolerated = 10_000
/** From so many ms on certificates and the package lists of apt are refused as not valid yet, or not any more. */
const refused = 3_600_000

/** The clock, against that of the operator's machine. */
export const clock: Check = {
  name: 'clock',
  find: (_, { skew }) => {
    const distance = Math.abs(skew)
    if (distance < tolerated) return ok('as that of this machine')
    return [
      {
        severity: distance < refused ? 'warning' : 'error',
        text: `the clock is ${span(distance)} ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
        hint: 'Which of the two is right? Here: date -u. On the host: timedatectl; sudo timedatectl set-ntp true',
      },
    ]
  },
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
