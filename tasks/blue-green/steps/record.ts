import { type Change, type Host, type Task, task } from '../../../runner/index.ts'
import { paths } from '../../paths.ts'
import type { ReleaseContext, ResolvedRelease } from '../context.ts'
import { historyFile, parseHistory, type Release } from '../history.ts'
import { p95sOf } from '../cut-over-notes.ts'
import { observe } from '../slots/observe.ts'
import { migrationOf } from '../slots/state.ts'

/**
 * The release is the last good one in the host's history, and the poller knows the current digest of the followed tag.
 */
export function record(context: ReleaseContext): Task {
  const { app, kind } = context
  return task<Change>({
    name: 'record',
    check: async (host) => {
      const [{ wanted }, followed] = [await context.resolve(), await context.followed()]
      const last = parseHistory(await host.read(historyFile(app.name))).findLast((each) => each.result === 'good')
      const noted = followed === null || (await host.read(followedFile(app.name)))?.trim() === followed
      return noted && last?.digest === wanted.digest && last.tag === wanted.tag
        ? null
        : { summary: `${kind} ${wanted.tag}` }
    },
    apply: async (host) => {
      const resolved = await context.resolve()
      const { wanted, app: released } = resolved
      const followed = await context.followed()
      const good = parseHistory(await host.read(historyFile(app.name))).filter(({ result }) => result === 'good')
      const last = good.at(-1)
      if (followed !== null) await noteFollowed(host, app.name, followed)
      if (last?.digest === wanted.digest && last.tag === wanted.tag) return
      const left = kind === 'rollback' && last && last.digest !== wanted.digest ? { left: last.digest } : {}
      // A rollback migrates nothing: what counts is what its release was left with.
      const migration =
        migrationOf(await observe(host, app.name), wanted)?.files ??
        good.findLast(({ digest }) => digest === wanted.digest)?.migration
      const { requests, failed } = context.cutOver
      await appendHistory(host, app.name, {
        ...historyLine(context, resolved, 'good'),
        port: released.port,
        path: released.health.path,
        ...(requests !== undefined && { requests, failed, ...p95sOf(context.cutOver) }),
        ...(migration !== undefined && { migration }),
        ...left,
      })
    },
  })
}

/** What every line of the history says. */
export const historyLine = (
  { who, kind, reason, cutOver: { canary } }: Pick<ReleaseContext, 'who' | 'kind' | 'reason' | 'cutOver'>,
  { wanted: { tag, digest, from } }: Pick<ResolvedRelease, 'wanted'>,
  result: Release['result'],
): Release => ({
  at: new Date().toISOString(),
  tag,
  digest,
  ...(from && { from }),
  who,
  kind,
  result,
  ...(reason !== undefined && { reason }),
  ...(canary && { canary }),
})

/** Adds a line to the history on the host. */
export async function appendHistory(host: Host, app: string, release: Release): Promise<void> {
  await host.$({ input: `${JSON.stringify(release)}\n` })`cat >>${historyFile(app)}`
}

const followedFile = (app: string): string => `${paths.app(app)}/followed`

/** Notes for the poller that it need not release this digest of the followed tag. */
export const noteFollowed = (host: Host, app: string, digest: string): Promise<void> =>
  host.write(followedFile(app), `${digest}\n`)
