/**
 * A script that ends a process and every process below it: SIGTERM, then SIGKILL for those of them that are left after
 * 3 s. It reads /proc, so it needs no `ps` on the host.
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
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  left=
  for each in $all; do
    if kill -0 "$each" 2>/dev/null; then left="$left $each"; fi
  done
  [ -n "$left" ] || exit 0
  all=$left
  sleep 0.2
done
kill -KILL $all 2>/dev/null
exit 0
`
