import { BarrierError, commandLine, CutoverError, type Host } from '../../runner/index.ts'
import type { ReleaseContext } from './context.ts'
import type { Release } from './history.ts'
import { RefusedError } from './refused.ts'
import type { Wanted } from './slots/state.ts'
import { appendHistory, historyLine, noteFollowed } from './steps/record.ts'

/** A release that was refused on this host before, and that is not tried again by itself. */
class RefusedBeforeError extends CutoverError {}

/** So much of why a release was refused is kept, in characters. */
const longest = 300

/**
 * The refusal of an image with these settings and this environment on a host; undefined if there is none, or if the
 * image went live since. One that only followed the refusal of another host has no settings, and does not count.
 */
export function refusalOf(history: readonly Release[], { digest, config }: Wanted): Release | undefined {
  const last = history.findLast((each) => each.digest === digest && (each.result === 'good' || each.config === config))
  return last?.result === 'refused' ? last : undefined
}

/** For a person: when it was refused, and why. */
export const refusalText = ({ at, who, why }: Release): string =>
  `${at.slice(0, 16).replace('T', ' ')} UTC, by ${who}${why === undefined ? '' : `: ${why}`}`

/** The error for what was refused before. */
export function refusedBefore(app: string, { kind, tag }: Pick<Release, 'kind' | 'tag'>, was: Release): CutoverError {
  const again =
    kind === 'rollback'
      ? commandLine('rollback', '--retry-bad', tag)
      : commandLine('deploy', '--tag', tag, '--retry-bad')
  return new RefusedBeforeError(`${app} ${tag} was refused here before, with these settings (${refusalText(was)})`, {
    hint:
      'Nothing was pulled or started. Other settings, another environment or a mended image are a new chance.\n' +
      `To try the same once more: ${again}`,
  })
}

/** The options of a deploy and of a rollback with which they try once more what was refused. */
export const retryBadOption = {
  type: 'boolean',
  help: 'try an image once more that was refused here with these settings',
} as const

/** Why a release ended: it was refused on this host, on one whose failure stopped this one, or before; else null. */
function refusalIn(error: unknown): RefusedError | RefusedBeforeError | 'elsewhere' | null {
  if (error instanceof RefusedError || error instanceof RefusedBeforeError) return error
  if (error instanceof BarrierError)
    return error.because.some((each) => refusalIn(each) !== null && !(refusalIn(each) instanceof RefusedBeforeError))
      ? 'elsewhere'
      : null
  return error instanceof Error ? refusalIn(error.cause) : null
}

/**
 * Notes a refused release in the history of its host, and for the poller that it need not try the same digest again.
 * Does nothing after another error.
 */
export async function noteRefusal(host: Host, context: ReleaseContext, error: unknown): Promise<void> {
  const refusal = refusalIn(error)
  if (refusal === null) return
  const { app } = context
  const resolved = await context.resolve()
  const [{ wanted }, followed] = [resolved, await context.followed()]
  if (!(refusal instanceof RefusedBeforeError)) {
    const { config } = wanted
    const here =
      refusal === 'elsewhere' ? {} : { config, why: whyOf(refusal, `${app.name} ${wanted.tag} is refused: `) }
    await appendHistory(host, app.name, { ...historyLine(context, resolved, 'refused'), ...here })
  }
  if (wanted.tag === app.follow && followed !== null) await noteFollowed(host, app.name, followed)
}

const whyOf = ({ message }: Error, prefix: string): string => {
  const why = message.startsWith(prefix) ? message.slice(prefix.length) : message
  return why.length > longest ? `${why.slice(0, longest)}…` : why
}
