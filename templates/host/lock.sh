#!/bin/sh
# Holds a release lock for as long as its standard input stays open: lock.sh DIRECTORY OWNER
# Every line that comes in is a heartbeat. A lock whose heart has not beaten for a minute is taken over, and one whose
# holder was killed at once.
set -eu
lock=$1
owner=$2
# Looking, taking over and giving back are each one step for all who try.
exec 9>"$lock.guard"
flock 9
if ! mkdir "$lock" 2>/dev/null; then
  # Only its word that the lock may be taken counts: setup may be about to bring that file.
  status=0
  holder=$(sh "$(dirname "$0")/locked.sh" "$lock") || status=$?
  if [ "$status" != 1 ]; then
    echo "held $holder"
    exit 0
  fi
fi
# The kernel gives this one back when this process ends, however it ends. Who was taken over keeps its own, which counts
# no more.
rm -f "$lock/alive"
exec 8>"$lock/alive"
# Somebody who asks whether it is held may have it for a moment.
flock 8
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
