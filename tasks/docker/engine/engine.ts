import { type Change, type HostView, type Task, task } from '../../../runner/index.ts'
import { packages, type Platform, platformFact } from '../../system/index.ts'
import { type Engine, engineFact } from './engine-fact.ts'
import { enginePackages } from './engine-packages.ts'

/**
 * The packages that a host lacks for Docker and compose; null if it lacks none.
 * @param chosen see dockerEngine
 * @throws CutoverError for a Docker that Cutover cannot use, or where installing a package would take one away
 */
export function missingPackages(
  engine: Engine,
  platform: Platform,
  chosen: readonly string[] | undefined,
): readonly string[] | null {
  if (engine.daemon && engine.compose && engine.kind !== 'snap') return null
  if (chosen && engine.kind !== 'snap' && engine.kind !== 'podman') return chosen
  return enginePackages(engine, platform)
}

/**
 * Docker and compose are installed. An existing Docker stays as it is, and gets what it lacks of its own kind.
 * @param chosen packages to install where something is missing; by default those that go with the host and its Docker
 */
export function dockerEngine(chosen?: readonly string[]): Task {
  const wantedPackages = async (host: HostView): Promise<readonly string[] | null> => {
    const [engine, platform] = await Promise.all([host.fact(engineFact), host.fact(platformFact)])
    return missingPackages(engine, platform, chosen)
  }
  return task<Change>({
    name: 'docker',
    check: async (host) => {
      const wanted = await wantedPackages(host)
      return wanted && ((await install(wanted).check(host)) ?? { summary: 'docker compose does not run' })
    },
    apply: async (host) => {
      const wanted = await wantedPackages(host)
      const change = wanted && (await install(wanted).check(host))
      if (wanted && change) await install(wanted).apply(host, change)
    },
  })
}

const install = (present: readonly string[]): Task => packages({ present })
