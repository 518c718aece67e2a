import type { Slot } from '../app/index.ts'

/** What the service of an app's route is called while a canary has a share of its requests. No slot has that name. */
export const canaryService = (app: string): string => `${app}.canary`

/** What the route of a canary says about it. */
export interface CanaryNote {
  /** The slot of the new release. */
  slot: Slot
  /** The part of the requests that it gets, in per cent. */
  share: number
  /** ISO 8601, UTC. */
  since: string
  /** How long it is to have them, in seconds. */
  seconds: number
  who: string
}

const begin = '# canary: '

/** The line of a route file by which the canary is known that it leads to. */
export const noteText = (note: CanaryNote): string => `${begin}${JSON.stringify(note)}`

/** What a route file says of the canary that it leads to; null: it leads to none. */
export function canaryIn(route: string | null): CanaryNote | null {
  const line = route?.split('\n').find((each) => each.startsWith(begin))
  if (line === undefined) return null
  try {
    return JSON.parse(line.slice(begin.length)) as CanaryNote
  } catch {
    return null
  }
}
