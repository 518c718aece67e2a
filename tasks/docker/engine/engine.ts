import { type Change, type HostView, type Task, task } from '../../../runner/index.ts'
import { packages, type Platform, platformFact } from '../../system/index.ts'
import { type DockerSource, versioned } from './docker-source.ts'
import { type Engine, engineFact } from './engine-fact.ts'
import { enginePackages } from './engine-packages.ts'

export interface EngineOptions {
  /** What the inventory says; undefined: Docker's own packages where there is no Docker. */
  source?: DockerSource
  /** Packages to install where something is missing; by default those that go with the host and its Docker. */
  packages?: readonly string[]
  /** The version of docker-ce, with wildcards: `5:28.*`. It is held, so that apt does not change it by itself. */
  version?: string
  /** Hears why a host has another Docker than the inventory asks for. */
  tell?(note: string): void
}

/** What is to be installed and held; names with `=VERSION`. */
interface Wanted {
  present: readonly string[]
  hold: readonly string[]
  /** Whether something does not run without it. */
  isMissing: boolean
}

/** Docker and compose are installed. An existing Docker stays as it is, and gets what it lacks of its own kind. */
export function dockerEngine(options: EngineOptions = {}): Task {
  const { version, tell } = options
  const told = new Set<string>()
  /** null: nothing is missing, and nothing is to be held. */
  const wantedOn = async (host: HostView): Promise<Wanted | null> => {
    const [engine, platform] = await Promise.all([host.fact(engineFact), host.fact(platformFact)])
    for (const note of notesAbout(engine, options)) {
      if (!told.has(note)) tell?.(note)
      told.add(note)
    }
    const missing = missingPackages(engine, platform, options) ?? []
    const pinned = version !== undefined && (engine.kind === 'docker-ce' || missing.includes('docker-ce'))
    if (missing.length === 0 && !pinned) return null
    const names = pinned ? versioned : []
    return {
      present: [...missing.filter((each) => !names.includes(each)), ...names.map((each) => `${each}=${version}`)],
      hold: names,
      isMissing: missing.length > 0,
    }
  }
  const install = ({ present, hold }: Wanted): Task => packages({ present, hold })
  return task<Change>({
    name: 'docker',
    check: async (host) => {
      const wanted = await wantedOn(host)
      if (!wanted) return null
      return (
        (await install(wanted).check(host)) ?? (wanted.isMissing ? { summary: 'docker compose does not run' } : null)
      )
    },
    apply: async (host) => {
      const wanted = await wantedOn(host)
      const change = wanted && (await install(wanted).check(host))
      if (wanted && change) await install(wanted).apply(host, change)
    },
  })
}

/**
 * The packages that a host lacks for Docker and compose; null if it lacks none.
 * @throws CutoverError for a Docker that Cutover cannot use, or where installing a package would take one away
 */
export function missingPackages(
  engine: Engine,
  platform: Platform,
  { source, packages: chosen }: Pick<EngineOptions, 'source' | 'packages'>,
): readonly string[] | null {
  const { kind, daemon, compose } = engine
  if (daemon && compose && kind !== 'snap') return null
  if (chosen && source !== 'present' && kind !== 'snap' && kind !== 'podman') return chosen
  return enginePackages(engine, platform, source)
}

/** Where a Docker is there already, it stays; a person who asked for another one hears it. */
function notesAbout(engine: Engine, { source, version }: EngineOptions): string[] {
  if (!engine.daemon) return []
  const isOther =
    (source === 'docker' && engine.kind !== 'docker-ce') || (source === 'distribution' && engine.kind !== 'docker.io')
  return [
    ...(isOther
      ? [
          `the Docker that is there stays (${engine.kind}), although docker.source is ${source}: ` +
            'a change would stop its containers, so it is yours to make',
        ]
      : []),
    ...(version !== undefined && engine.kind !== 'docker-ce'
      ? [`docker.version is for Docker's own packages, and the Docker that is there is ${engine.kind}`]
      : []),
  ]
}
