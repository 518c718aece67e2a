import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'
import { link } from '../../../tasks/authors.ts'

/** The file in an unpacked folder that says what it was made from. */
const mark = '.digest'

const script = `url=$1 sha256=$2 to=$3
new=$to.new
trap 'rm -rf -- "$new" "$new.archive"' EXIT
rm -rf -- "$new"
mkdir -- "$new"
curl -fsSL --retry 3 -o "$new.archive" -- "$url"
echo "$sha256  $new.archive" | sha256sum -c --quiet
tar -xf "$new.archive" -C "$new" --strip-components=1 --no-same-owner
echo "$sha256" >"$new/${mark}"
rm -rf -- "$to"
mv -T -- "$new" "$to"`

const unpacked = (url: string, sha256: string, to: string): Task =>
  task<Change>({
    name: `download ${to}`,
    check: async (host) => {
      const current = (await host.read(`${to}/${mark}`))?.trim()
      if (current === sha256) return null
      const { stdout } = await host.$({ nothrow: true })`ls -A -- ${to}`
      if (current === undefined && stdout !== '') throw new CutoverError(`${to} is not empty, and not from a download`)
      return { summary: current === undefined ? `new, from ${url}` : `from ${url}` }
    },
    apply: async (host) => {
      await host.live`${['sh', '-euc', script, 'sh', url, sha256, to]}`
    },
  })

/** A program from an archive of the web, which is known by its digest. */
export const job = (url: string, sha256: string): Task[] => [
  unpacked(url, sha256, '/opt/tool'),
  link('/usr/local/bin/tool', '/opt/tool/bin/tool'),
]
