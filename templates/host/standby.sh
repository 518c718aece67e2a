#!/bin/sh
# Ends an app's standby: standby.sh APP, each minute. Or: standby.sh --memory says by its exit status whether there is room for one.
# A slot in standby runs, no route names it, and Docker's restart policy on-failure marks it.
set -eu
room() { # a tenth of the host's memory is available
  awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { available = $2 } END { exit !(available * 10 >= total) }' "${MEMINFO:-/proc/meminfo}"
}
if [ "$1" = --memory ]; then
  if room; then exit 0; else exit 1; fi
fi
app=$1
file=/opt/$app/standby
lock=/opt/$app/lock
route=/opt/traefik/dynamic/$app.yaml
times=$(cat "$file" 2>/dev/null) || exit 0
# shellcheck disable=SC2086 # two numbers
set -- $times
now=$(date +%s)
why='its time is over'
# A clock that was set back says nothing about how long it has been.
if [ "$now" -ge "${1:-0}" ] && [ "$now" -lt "${2:-0}" ]; then
  if room; then exit 0; fi
  why='memory is short'
fi

# While this has the guard, nobody takes the release lock. Whoever has it already decides about the slots: one that stands
# still, too, as long as it lives.
exec 8>"$lock.guard"
flock 8
if [ -e "$lock/alive" ] && ! flock -n "$lock/alive" true; then exit 0; fi
if /opt/cutover/locked.sh "$lock" >/dev/null; then exit 0; fi
slot=
for each in blue green; do
  # As that of all requests, or of some: a canary's.
  if grep -qsw -e "$app-$each" "$route"; then continue; fi
  case $(docker inspect --type container -f '{{.State.Running}} {{.HostConfig.RestartPolicy.Name}} {{with .Config.Labels}}{{index . "cutover.app"}}{{end}}' "$app-$each" 2>/dev/null) in
    "true on-failure $app") slot=$app-$each ;;
  esac
done
# A slot that is about to stop is marked by the policy no: a release that begins now does not take it for one that runs on.
if [ -n "$slot" ] && ! docker update --restart no "$slot" >/dev/null; then exit 0; fi
flock -u 8
if [ -n "$slot" ]; then
  printf '%s %s: the standby of %s ends (%s): stopping it\n' "$(date -u +%FT%TZ)" "$app" "$slot" "$why"
  docker stop "$slot" >/dev/null
fi
# Meanwhile another release may have begun a standby of its own.
if [ "$(cat "$file" 2>/dev/null)" = "$times" ]; then rm -f "$file"; fi
