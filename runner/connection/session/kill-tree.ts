/**
 * A script (POSIX sh) that ends a process and all its descendants: first SIGTERM, then SIGKILL for those that still run
 * after 3 s. It reads /proc, so the host needs no `ps`. A descendant of another user was started through sudo, and is
 * ended through sudo; sudo itself ends with what it runs.
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
runs() { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }
end() {
  signal=$1
  shift
  kill "$signal" "$@" 2>/dev/null
  for process; do
    if kill -0 "$process" 2>/dev/null; then continue; fi
    { read -r program <"/proc/$process/comm"; } 2>/dev/null || continue
    case $program in sudo*) continue ;; esac
    owner=$(stat -c %u "/proc/$process" 2>/dev/null) || continue
    sudo -n -u "#$owner" -- sh -c 'kill "$@"' sh "$signal" "$process" </dev/null 2>/dev/null
  done
}
all="$(below ${pid}) ${pid}"
end -TERM $all
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  remaining=
  for process in $all; do
    if runs "$process"; then remaining="$remaining $process"; fi
  done
  [ -n "$remaining" ] || exit 0
  all=$remaining
  sleep 0.2
done
end -KILL $all
exit 0
`
