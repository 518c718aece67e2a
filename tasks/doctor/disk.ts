import { bytes } from './bytes.ts'
import type { Check, Report } from './check.ts'

/** A line for each path, and then what df says of the file systems that they are or will be on, in the same order. */
const script = `root=
if [ -e /etc/docker/daemon.json ]; then root=$(sed -n 's/.*"data-root"[^"]*"\\(\\/[^"]*\\)".*/\\1/p' /etc/docker/daemon.json); fi
set --
for path in "\${root:-/var/lib/docker}" / /opt; do
  echo "path $path"
  while [ ! -e "\${path:-/}" ]; do path=\${path%/*}; done
  set -- "$@" "\${path:-/}"
done
df -B1 --output=size,avail,itotal,iavail,target -- "$@"`

interface FileSystem {
  paths: string[]
  size: number
  available: number
  inodes: number
  freeInodes: number
}

/** Bytes that must be free, by the first path that df was asked for (Docker's folder), and by the others. */
const limits = {
  docker: { error: 300e6, warning: 2e9 },
  other: { error: 20e6, warning: 200e6 },
}

/** Bytes and inodes of the file systems that Cutover writes to. */
export const disk: Check = {
  name: 'disk',
  script: () => script,
  find: (shown) => fileSystems(shown).flatMap((each, index) => findingsOn(each, index === 0)),
}

/** The file system of Docker's folder first. */
function fileSystems(shown: string): FileSystem[] {
  const paths = [...shown.matchAll(/^path (.*)$/gm)].map(([, path = '']) => path)
  const found = new Map<string, FileSystem>()
  const lines = [...shown.matchAll(/^ *(\d+) +(\d+) +(\S+) +(\S+) +(.*)$/gm)]
  for (const [index, [, size, available, inodes, freeInodes, target = '']] of lines.entries()) {
    const path = paths[index] ?? target
    found.set(target, {
      paths: [...(found.get(target)?.paths ?? []), path],
      size: Number(size),
      available: Number(available),
      // Some file systems have no fixed number of inodes, and df prints a dash or 0.
      inodes: Number(inodes) || 0,
      freeInodes: Number(freeInodes) || 0,
    })
  }
  return [...found.values()]
}

function findingsOn({ paths, size, available, inodes, freeInodes }: FileSystem, isDockers: boolean): Report[] {
  const where = paths.join(', ')
  const { error, warning } = isDockers ? limits.docker : limits.other
  const severity = available < error ? 'error' : available < warning ? 'warning' : 'ok'
  const remedy = isDockers
    ? 'Make room there (docker system df; docker image prune; journalctl --vacuum-size=200M), or use a larger disk.'
    : 'Make room there (du -xh --max-depth=2; journalctl --vacuum-size=200M), or use a larger disk.'
  const free: Report = {
    severity,
    text: `${where}: ${bytes(available)} of ${bytes(size)} free`,
    ...(severity !== 'ok' && { hint: remedy }),
  }
  const share = inodes === 0 ? 1 : freeInodes / inodes
  if (share >= 0.05) return [free]
  return [
    free,
    {
      severity: freeInodes < 1000 ? 'error' : 'warning',
      text: `${where}: ${freeInodes} of ${inodes} inodes are free, and each file takes one`,
      hint: 'Find the folders with the most files: du --inodes -x --max-depth=3 / | sort -n | tail',
    },
  ]
}
