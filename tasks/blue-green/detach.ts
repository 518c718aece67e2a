import { commandLine, CutoverError, type Host, type Task, task } from '../../runner/index.ts'
import { type App, settingsText } from '../app/index.ts'
import { paths } from '../paths.ts'
import { historyFile, parseHistory, type Release, releaseOfTag } from './history.ts'
import { liveTarget } from './targets.ts'
import type { ReleaseTarget } from './resolve.ts'
import type { Wanted } from './slots/state.ts'

export const detachOption = {
  type: 'boolean',
  help: 'ends after the confirmed switch; bake, drain and history go on on each host, and status shows them',
} as const

/** The options by which the program on a host is told what it is to finish. */
export interface Unfinished {
  kind: Release['kind']
  tag: string
  digest: string
  from?: 'docker'
}

/**
 * The program on the host can finish what this run begins: it is there, and has the same settings of the app.
 * @throws CutoverError if not, before anything is changed
 */
export const canFinish = (app: App): Task =>
  task({
    name: 'detach',
    check: async (host) => {
      const [program, settings] = await Promise.all([
        host.$({ nothrow: true })`[ -x ${`${paths.app(app.name)}/finish`} ]`,
        host.read(`${paths.app(app.name)}/settings.json`),
      ])
      if (program.exitCode === 0 && settings === settingsText(app)) return null
      throw new CutoverError(
        program.exitCode === 0
          ? `the settings of ${app.name} on ${host.name} are not those of the inventory, so that it can't finish this release by itself`
          : `${host.name} has no program that could finish a release of ${app.name} by itself`,
        { hint: `Run setup first: ${commandLine('setup')}. Or release without --detach.` },
      )
    },
    apply: async () => undefined,
  })

/**
 * Starts the program on the host that bakes, drains and records what this run has switched to. It ends by itself, also
 * if the connection does.
 * @throws CommandError
 */
export async function finishThere(
  host: Host,
  app: App,
  who: string,
  { kind, wanted }: { kind: Release['kind']; wanted: Wanted },
): Promise<void> {
  const log = `${paths.log}/${app.name}-poller.log`
  const words = [
    ...['systemd-run', '--quiet', '--collect', `--unit=cutover-finish-${app.name}`],
    ...[`--setenv=CUTOVER_WHO=${who}`, `--property=StandardOutput=append:${log}`, '--property=StandardError=inherit'],
    ...[`${paths.app(app.name)}/finish`, '--kind', kind, '--tag', wanted.tag, '--digest', wanted.digest],
    ...(wanted.from ? ['--from', wanted.from] : []),
  ]
  await host.$`${words}`
}

/**
 * What the program on a host finishes: the release that serves, if it is still the one that was switched to.
 * @throws CutoverError if somebody has released another one meanwhile
 */
export async function unfinishedTarget(
  host: Host,
  app: App,
  { kind, tag, digest, from }: Unfinished,
): Promise<ReleaseTarget> {
  const live = await liveTarget(host, app)
  if (live.digest === digest) {
    // A rollback asks its image where it listened then.
    const past =
      kind === 'rollback' ? releaseOfTag(parseHistory(await host.read(historyFile(app.name))), tag) : undefined
    return { ...(past?.digest === digest && past), tag, digest, ...(from && { from }) }
  }
  throw new CutoverError(`${app.name} ${tag} is not finished: ${live.tag} was released meanwhile`, {
    hint: 'There is nothing to do.',
  })
}
