#!/bin/sh
# Holds a release lock for as long as its standard input stays open: lock.sh DIRECTORY OWNER
# Every line that comes in is a heartbeat. A lock whose heart has not beaten for a minute is taken over, and one whose
# holder was killed at once.
set -eu
lock=$1
owner=$2
stale=60
living() { # the holder's process has not ended; unknown of one that an older Cutover started
  [ ! -e "$lock/alive" ] || ! flock -n "$lock/alive" true
}
# Looking, taking over and giving back are each one step for all who try.
exec 9>"$lock.guard"
flock 9
if ! mkdir "$lock" 2>/dev/null; then
  beat=$(stat -c %Y "$lock/owner" 2>/dev/null || stat -c %Y "$lock")
  age=$(($(date +%s) - beat))
  # A beat of the future was before the clock was set back: it is no sign of life.
  if living && [ "$age" -le "$stale" ] && [ "$age" -ge "-$stale" ]; then
    echo "held $(cat "$lock/owner" 2>/dev/null)"
    exit 0
  fi
fi
# The kernel gives this one back when this process ends, however it ends. Who was taken over keeps its own, which counts
# no more.
rm -f "$lock/alive"
exec 8>"$lock/alive"
flock -n 8
printf '%s\n' "$owner" >"$lock/owner"
flock -u 9
echo locked
mine() { [ "$(cat "$lock/owner" 2>/dev/null)" = "$owner" ]; }
while IFS= read -r _; do
  mine || {
    echo lost
    exit 0
  }
  touch "$lock/owner"
done
flock 9
if mine; then rm -rf "$lock"; fi
