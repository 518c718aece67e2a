import { posix } from 'node:path'
import { CutoverError, type Host } from '../../../runner/index.ts'
import { markName } from './present.ts'
import { type DownloadSource, markOf, unpackingOf } from './source.ts'

/** A program that downloads. */
export type Fetcher = 'curl' | 'wget'

/** The proxy by which wget, which has no such option, is kept from following https to http. There is none of this name. */
const noProxy = 'leads-to-http.invalid'

/** The words of the command that downloads, up to the option that takes the path of the file. */
function fetching(fetcher: Fetcher, url: string): string[] {
  const isSecure = url.startsWith('https:')
  const protocols = isSecure ? '=https' : '=https,http'
  return fetcher === 'curl'
    ? [
        ...['curl', '-q', '-fsSL', '--globoff', '--proto', protocols, '--proto-redir', protocols],
        ...[
          '--max-redirs',
          '10',
          '--retry',
          '3',
          '--connect-timeout',
          '30',
          '--speed-limit',
          '1',
          '--speed-time',
          '60',
        ],
        ...['--url', url, '--output'],
      ]
    : [
        ...(isSecure ? ['env', `http_proxy=http://${noProxy}`] : []),
        ...['wget', '--no-config', '--no-hsts', '-nv', '--max-redirect=10', '--tries=3', '--timeout=60', url, '-O'],
      ]
}

/** The exit statuses of the scripts: another digest; nothing was in the archive; the download failed. */
const status = { digest: 65, empty: 66, fetch: 67 } as const

export interface Fetch {
  source: DownloadSource
  fetcher: Fetcher
  mode: string
  /** Undefined: the user that commands run as. */
  owner?: string
}

/**
 * Downloads to a temporary folder beside the place, compares the digest, and puts the file, or what was unpacked, in
 * the place of what is there. The statuses after which it tries again are curl's for a connection that was cut, which
 * curl itself does not try again.
 * @throws CutoverError that says what failed; then nothing was changed
 */
export async function fetch(host: Host, { source, fetcher, mode, owner }: Fetch): Promise<void> {
  const { url, to, sha256 } = source
  const pattern = posix.join(posix.dirname(to), `.${posix.basename(to)}.XXXXXX`)
  const own = owner === undefined ? [':'] : ['chown', '-Rh', '--', owner]
  const { exitCode, stdout, stderr } = await host.$({ nothrow: true })`umask 022
to=${to}
work=$(mktemp -d -- ${pattern})
clean() { if [ -e "$work"/old ] && [ ! -e "$to" ]; then mv -T -- "$work"/old "$to"; fi; rm -rf -- "$work"; }
trap clean EXIT
trap 'exit 143' TERM HUP INT
fetch() { ${fetching(fetcher, url)} "$work"/fetched </dev/null; }
for attempt in 1 2 3; do
  status=0
  fetch || status=$?
  case $status in 18 | 52 | 55 | 56 | 92) sleep 1 ;; *) break ;; esac
done
[ $status = 0 ] || exit ${status.fetch}
sum=$(sha256sum <"$work"/fetched)
if [ "\${sum%% *}" != ${sha256.toLowerCase()} ]; then echo "\${sum%% *}"; exit ${status.digest}; fi
sh -euc ${unpackScript(source)} sh "$work" ${source.strip ?? 0} ${markOf(source)}
${own} "$work"/new
chmod -- ${mode} "$work"/new
sync -- "$work"/new
if [ -d "$to" ]; then mv -T -- "$to" "$work"/old; fi
mv -fT -- "$work"/new "$to"`
  if (exitCode === 0) return
  throw failure(exitCode, { url, wanted: sha256, stdout: stdout.trim(), stderr: stderr.trim() })
}

/**
 * A script that makes `new` of `fetched` in the folder `$1`. It takes `$2` folders away from the paths of an archive, and
 * writes a mark that begins with the line `$3`.
 */
function unpackScript(source: DownloadSource): string {
  const archive = unpackingOf(source)?.archive
  if (archive === undefined) return 'mv -- "$1"/fetched "$1"/new'
  const unpack =
    archive === 'tar'
      ? 'tar -xf "$1"/fetched -C "$1"/new --no-same-owner --no-same-permissions --strip-components="$2"'
      : `unzip -q "$1"/fetched -d "$1"/new
while [ "$2" -gt 0 ]; do
  mv -- "$1"/new "$1"/deep
  mkdir -- "$1"/new
  find "$1"/deep -mindepth 2 -maxdepth 2 -exec mv -t "$1"/new -- {} +
  rm -rf -- "$1"/deep
  set -- "$1" $(($2 - 1)) "$3"
done`
  return `mkdir -- "$1"/new
${unpack}
[ -n "$(ls -A -- "$1"/new)" ] || exit ${status.empty}
find "$1"/new -mindepth 1 -printf '%P\\n' >"$1"/list
{ printf '%s\\n' "$3"; LC_ALL=C sort -- "$1"/list; } >"$1"/new/${markName}`
}

function failure(
  exitCode: number | null,
  { url, wanted, stdout, stderr }: { url: string; wanted: string; stdout: string; stderr: string },
): CutoverError {
  const reason = reasonIn(stderr) || `it ended with ${exitCode}`
  if (exitCode === status.digest)
    return new CutoverError(`${url} has another digest: ${stdout}, not ${wanted}`, {
      hint: 'Nothing was changed. Is it a new version, or has somebody changed the file? Compare with what its makers publish.',
    })
  if (exitCode === status.empty)
    return new CutoverError(`${url} has nothing in it, or nothing that is left after \`strip\``, {
      hint: 'Nothing was changed. `strip` is the number of folders that each path of the archive begins with.',
    })
  return exitCode === status.fetch
    ? new CutoverError(`${url} could not be downloaded: ${reason}`, {
        hint: `Nothing was changed. ${adviceFor(reason)}`,
      })
    : new CutoverError(`${url} was downloaded, and could not be put in its place: ${reason}`)
}

/** What curl says at last, without the explanations that follow it; of other programs, the last lines. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n')
  const ofCurl = lines.filter((line) => line.startsWith('curl: ('))
  if (stderr.includes(noProxy)) return 'it leads to http, which is not encrypted'
  return ofCurl.at(-1) ?? lines.slice(-3).join('\n')
}

const adviceFor = (reason: string): string =>
  /certificate/i.test(reason)
    ? "The host must trust the server's certificate: install ca-certificates; that of a CA of your own goes to " +
      '/usr/local/share/ca-certificates/NAME.crt, before update-ca-certificates.'
    : 'Is the URL right, and does the host reach it?'
