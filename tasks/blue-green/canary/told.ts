import type { HostView } from '../../../runner/index.ts'
import { paths } from '../../paths.ts'
import type { CanaryNote } from '../../proxy/index.ts'
import type { AppState } from '../slots/state.ts'
import { inWords } from './in-words.ts'

/** What `status` says of a canary. @param now ms since 1970 */
export async function canaryTold(
  host: HostView,
  app: string,
  { slots }: AppState,
  note: CanaryNote & { now: number },
): Promise<string> {
  const age = inWords(Math.max(0, Math.round((note.now - Date.parse(note.since)) / 1000)))
  const what = `canary ${slots[note.slot]?.tag ?? note.slot} ${note.share} % since ${age} by ${note.who}`
  return (await isWatched(host, app))
    ? `${what}, for ${inWords(note.seconds)}`
    : `${what}: nobody watches it any more, and the host takes it back within two minutes`
}

/** Whether a run holds the app's release lock, and its heart beats: as heal.sh sees it. */
async function isWatched(host: HostView, app: string): Promise<boolean> {
  const owner = `${paths.app(app)}/lock/owner`
  const { exitCode } = await host.$({
    nothrow: true,
  })`age=$(($(date +%s) - $(stat -c %Y ${owner} 2>/dev/null || echo 0))); [ $age -le 60 ] && [ $age -ge -60 ]`
  return exitCode === 0
}
