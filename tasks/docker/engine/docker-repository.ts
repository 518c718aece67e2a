import { type Change, CutoverError, type Host, type HostView, type Task, task } from '../../../runner/index.ts'
import { type Platform, platformFact, repositories } from '../../system/index.ts'
import { type AptSources, aptSourcesFact, sourceMark, sourceName } from './apt-sources-fact.ts'
import { carriedSuite, fittingSuites } from './carried-suite.ts'
import { type DockerSource, dockersOwn } from './docker-source.ts'
import { type Engine, engineFact } from './engine-fact.ts'
import { hasCompose } from './engine-packages.ts'

export interface DockerRepositoryOptions {
  /** What the inventory says; undefined: Docker's own packages where there is no Docker. */
  source?: DockerSource
  /** What stands before /linux/debian. */
  address?: string
  /** The key that signs the repository: its URL, which the host fetches, or the key itself in ASCII armor. */
  key?: string
  /** The fingerprints of all keys in `key`. Default: Docker's, for a key that is fetched. */
  fingerprint?: string | readonly string[]
  /** Hears where the repository has nothing yet for the release of a host. */
  tell(note: string): void
}

/**
 * apt knows the repository of Docker's own packages: on a host without a Docker, on one that has our source already,
 * and on one that has these packages, or lacks one of them, if the inventory asks for them by name. A source that
 * somebody else has written for them is used as it is.
 */
export function dockerRepository(options: DockerRepositoryOptions): Task {
  const { source, address = dockersOwn.address, tell } = options
  const uriFor = ({ base }: Platform): string => `${address}/linux/${base.distro}`
  const told = new Set<string>()
  const suiteFor = async (host: HostView, platform: Platform, present?: string): Promise<string> => {
    const suites = fittingSuites(platform.base)
    if (present !== undefined && present === suites[0]) return present
    const carried = carriedSuite(host, uriFor(platform), suites)
    // A source that works is not taken away because of an answer that did not come.
    const suite = await (present === undefined ? carried : carried.catch(() => present))
    const note = `Docker's repository has no packages for ${suites[0]} yet: those for ${suite} are used`
    if (suite !== suites[0] && !told.has(note)) {
      told.add(note)
      tell(note)
    }
    return suite
  }
  return task<Change>({
    name: `repository ${sourceName}`,
    check: async (host) => {
      const [engine, platform, sources] = await Promise.all([
        host.fact(engineFact),
        host.fact(platformFact),
        host.fact(aptSourcesFact),
      ])
      if (!isWanted({ engine, platform, sources, source })) return null
      if (!sources.ours)
        return { summary: `new, ${uriFor(platform)} for ${platform.base.codename || platform.base.distro}` }
      const key = await keyOnHost(host, options)
      if (key === undefined) return { summary: 'key' }
      const suite = await suiteFor(host, platform, sources.suite)
      return (await sourceTask({ uri: uriFor(platform), suite, platform, key }, options)).check(host)
    },
    apply: async (host) => {
      const [platform, sources] = await Promise.all([host.fact(platformFact), host.fact(aptSourcesFact)])
      const uri = uriFor(platform)
      const suite = await suiteFor(host, platform, sources.suite)
      const key = (await keyOnHost(host, options)) ?? (await fetchedKey(host, options.key ?? `${uri}/gpg`))
      const inner = await sourceTask({ uri, suite, platform, key }, options)
      const change = await inner.check(host)
      if (!change) return
      await inner.apply(host, change).catch(async (error: unknown) => {
        await inner.undo?.(host, change)
        throw error
      })
    },
  })
}

interface Situation {
  engine: Engine
  platform: Platform
  sources: AptSources
  source: DockerSource | undefined
}

function isWanted({ engine, platform, sources, source }: Situation): boolean {
  if (sources.ours) return true
  if (sources.others) return false
  if (engine.kind === 'none') return true
  if (source !== 'docker') return false
  return engine.kind === 'docker-ce' || (engine.kind === 'docker.io' && !engine.compose && !hasCompose(platform))
}

interface Source {
  uri: string
  suite: string
  platform: Platform
  key: string
}

async function sourceTask(
  { uri, suite, platform, key }: Source,
  { fingerprint, key: given }: DockerRepositoryOptions,
): Promise<Task> {
  const { repository } = await repositories()
  return repository(sourceName, {
    comment: sourceMark,
    uris: uri,
    suites: suite,
    components: 'stable',
    architectures: platform.architecture,
    key,
    fingerprint: wantedFingerprints(given, fingerprint),
  })
}

/** A key that the inventory's folder has is trusted as it is. One that is fetched is Docker's, or the one that is named. */
const wantedFingerprints = (
  key: string | undefined,
  fingerprint: string | readonly string[] | undefined,
): string | readonly string[] | undefined => fingerprint ?? (isArmored(key) ? undefined : dockersOwn.fingerprint)

const isArmored = (key: string | undefined): boolean => key?.includes('-----BEGIN PGP') ?? false

/** The key that is to be on the host, where nothing must be fetched for it. */
async function keyOnHost(host: HostView, { key, fingerprint }: DockerRepositoryOptions): Promise<string | undefined> {
  if (key !== undefined && isArmored(key)) return key
  const onHost = await host.read(`/etc/apt/keyrings/${sourceName}.asc`)
  const { fingerprintsIn, sameFingerprints } = await repositories()
  const wanted = wantedFingerprints(key, fingerprint)
  return onHost !== null && sameFingerprints(fingerprintsIn(onHost), wanted) ? onHost : undefined
}

/** Fetches the key to the host as apt fetches its files, and reads it. @throws CutoverError */
async function fetchedKey(host: Host, url: string): Promise<string> {
  const { parseKeys } = await repositories()
  const { stdout } = await host.quiet`folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    if said=$(LC_ALL=C /usr/lib/apt/apt-helper download-file ${url} "$folder/key" 2>&1); then base64 "$folder/key"; else printf '! %s\n' "$said"; fi`
  if (stdout.startsWith('!'))
    throw new CutoverError(
      `this host can't fetch the key at ${url}: ${/^E: Failed to fetch \S+ +(.*)$/m.exec(stdout)?.[1] ?? stdout.slice(2).trim()}`,
      { hint: 'Or save it beside the inventory, and name the file as docker.key.' },
    )
  return parseKeys(Buffer.from(stdout, 'base64')).armored
}
