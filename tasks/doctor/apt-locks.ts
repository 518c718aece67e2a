import { type Check, ok } from './check.ts'

/** The locks of apt and dpkg. */
const locks = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
]

/**
 * A line for each lock that is held: path, process, program. The kernel has a list of locks by inode; as another file
 * system may have the same inode, the process must have the file open.
 */
const script = `stat -c '%i %n' ${locks.join(' ')} 2>/dev/null | awk '
  FNR == NR { if ($2 == "POSIX" && $4 == "WRITE") { sub(/.*:/, "", $6); holder[$6] = holder[$6] " " $5 }; next }
  $1 in holder { split(holder[$1], pids, " "); for (n in pids) print $2, pids[n] }' /proc/locks - | while read -r lock pid; do
  for file in "/proc/$pid/fd"/*; do
    if [ "$(readlink "$file")" = "$lock" ]; then echo "$lock $pid $(cat "/proc/$pid/comm")"; break; fi
  done
done`

/** Whether another apt or dpkg runs. Setup waits for it, and says so itself when it comes to that. */
export const aptLocks: Check = {
  name: 'apt',
  script: () => script,
  find: (shown) => {
    const held = [...shown.matchAll(/^(\S+) (\d+) (.*)$/gm)]
    const holders = [...new Set(held.map(([, , pid, program]) => `process ${pid} (${program})`))]
    if (holders.length === 0) return ok('no other apt or dpkg runs')
    return [
      {
        severity: 'note',
        text: `${holders.join(' and ')} ${holders.length === 1 ? 'holds' : 'hold'} ${held.map(([, lock]) => lock).join(', ')}`,
        hint: 'Setup waits up to 300 s for it, where it has packages to install. See what it does: ps -fp PID',
      },
    ]
  },
}
