#!/bin/sh
# Holds a release lock for as long as its standard input stays open: lock.sh DIRECTORY OWNER
# Every line that comes in is a heartbeat. A lock whose heart has not beaten for a minute is taken over.
set -eu
lock=$1
owner=$2
stale=60
# Looking, taking over and giving back are each one step for all who try.
exec 9>"$lock.guard"
flock 9
if ! mkdir "$lock" 2>/dev/null; then
  beat=$(stat -c %Y "$lock/owner" 2>/dev/null || stat -c %Y "$lock")
  if [ $(($(date +%s) - beat)) -le "$stale" ]; then
    echo "held $(cat "$lock/owner" 2>/dev/null)"
    exit 0
  fi
fi
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
