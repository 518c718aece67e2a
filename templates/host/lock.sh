#!/bin/sh
# Holds a release lock for as long as its standard input stays open: lock.sh DIRECTORY OWNER
# Every line that comes in is a heartbeat. A lock whose heart has not beaten for a minute is taken over.
set -eu
lock=$1
owner=$2
stale=60
for try in 1 2 3; do
  if mkdir "$lock" 2>/dev/null; then
    printf '%s\n' "$owner" >"$lock/owner"
    break
  fi
  beat=$(stat -c %Y "$lock/owner" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null || echo 0)
  if [ $(($(date +%s) - beat)) -le "$stale" ] || [ "$try" = 3 ]; then
    echo "held $(cat "$lock/owner" 2>/dev/null)"
    exit 0
  fi
  mv "$lock" "$lock.stale.$$" 2>/dev/null && rm -rf "$lock.stale.$$"
done
echo locked
mine() { [ "$(cat "$lock/owner" 2>/dev/null)" = "$owner" ]; }
while IFS= read -r _; do
  mine || {
    echo lost
    exit 0
  }
  touch "$lock/owner"
done
if mine; then rm -rf "$lock"; fi
