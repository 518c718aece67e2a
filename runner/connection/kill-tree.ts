/**
 * A script that ends every process below `pid`, but not `pid` itself: SIGTERM, then SIGKILL for what is left after 3 s.
 * It reads /proc, so it needs no `ps` on the host.
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
all=$(below ${pid})
[ -n "$all" ] || exit 0
kill -TERM $all 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  all=$(below ${pid})
  [ -n "$all" ] || exit 0
  sleep 0.2
done
kill -KILL $all 2>/dev/null
exit 0
`
