import type { CanaryNote } from '../../proxy/index.ts'
import type { AppState } from '../slots/state.ts'
import { inWords } from './in-words.ts'

/**
 * What `status` says of a canary.
 * @param now ms since 1970
 * @param watched whether a run that holds the release lock looks at it
 */
export function canaryTold({ slots }: AppState, note: CanaryNote & { now: number; watched: boolean }): string {
  const age = inWords(Math.max(0, Math.round((note.now - Date.parse(note.since)) / 1000)))
  const what = `canary ${slots[note.slot]?.tag ?? note.slot} ${note.share} % since ${age} by ${note.who}`
  return note.watched
    ? `${what}, for ${inWords(note.seconds)}`
    : `${what}: nobody watches it any more, and the host takes it back within two minutes`
}
