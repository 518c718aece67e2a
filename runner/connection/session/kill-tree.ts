/**
 * A script (POSIX sh) that ends a process and all its descendants: first SIGTERM, then SIGKILL for those that still run
 * after 3 s. It reads /proc, so the host needs no `ps`.
 */
export const killTree = (pid: number): string => `
below() {
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    rest=\${line##*) }
    set -- "$1" $rest
    if [ "$3" = "$1" ]; then
      child=\${stat#/proc/}
      child=\${child%/stat}
      echo "$child"
      (below "$child")
    fi
  done
}
all="$(below ${pid}) ${pid}"
kill -TERM $all 2>/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  remaining=
  for process in $all; do
    if kill -0 "$process" 2>/dev/null; then remaining="$remaining $process"; fi
  done
  [ -n "$remaining" ] || exit 0
  all=$remaining
  sleep 0.2
done
kill -KILL $all 2>/dev/null
exit 0
`
