import { CutoverError, type HostView } from '../../../runner/index.ts'
import type { Platform } from '../../system/index.ts'

/** The codenames of the releases, newest first. One that is not here is newer than these. */
const releases: Record<Platform['base']['distro'], readonly string[]> = {
  debian: ['trixie', 'bookworm', 'bullseye', 'buster'],
  ubuntu: ['resolute', 'questing', 'plucky', 'oracular', 'noble', 'mantic', 'lunar', 'kinetic', 'jammy', 'focal'],
}

/** The codenames whose packages fit a host, best first: its own, and then those of older releases. */
export function fittingSuites({ distro, codename }: Platform['base']): string[] {
  const known = releases[distro]
  const at = known.indexOf(codename)
  return at < 0 ? [...(codename === '' ? [] : [codename]), ...known] : known.slice(at)
}

/**
 * Asks for the Release file of one suite after the other, as apt itself fetches it: with its proxy and certificates. A
 * store of files says 403 for what it does not have.
 */
const script = `uri=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for suite in "$@"; do
  if said=$(LC_ALL=C /usr/lib/apt/apt-helper -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 download-file "$uri/dists/$suite/Release" "$folder/Release" 2>&1); then echo "suite $suite"; exit; fi
  case $said in *' 404 '* | *' 403 '*) ;; *) printf '%s\\n' "$said" | sed -n 's/^E: Failed to fetch [^ ]*  *//p' | head -n 1; exit ;; esac
done
echo none`

/**
 * The first of some suites that a repository has packages for, asked by the host.
 * @throws CutoverError if it has none, or the host cannot ask it
 */
export async function carriedSuite(host: HostView, uri: string, suites: readonly string[]): Promise<string> {
  const { stdout } = await host.quiet`${['sh', '-c', script, 'sh', uri, ...suites]}`
  const said = stdout.trim()
  const suite = /^suite (\S+)$/.exec(said)?.[1]
  if (suite !== undefined) return suite
  throw said === 'none'
    ? new CutoverError(`${uri} has no packages for ${suites[0] ?? 'this system'}, nor for an older release`, {
        hint: otherwise,
      })
    : new CutoverError(`this host can't read ${uri}: ${said || 'apt says no more'}`, { hint: otherwise })
}

const otherwise =
  'In the inventory, docker.repository names a mirror that it can reach, and docker: { source: distribution } ' +
  'takes the Docker of the distribution.'
