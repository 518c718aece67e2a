#!/bin/sh
# Says by its exit status whether somebody holds a release lock: locked.sh DIRECTORY
# 0: held, and who holds it is printed. 1: it is free, or may be taken over: its holder was killed, or its heart has not
# beaten for a minute.
set -eu
lock=$1
stale=60
beat=$(stat -c %Y "$lock/owner" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null) || exit 1
# The kernel keeps this one locked for as long as the holder's process lives. A lock of an older Cutover has no such file.
if [ -e "$lock/alive" ] && flock -n "$lock/alive" true; then exit 1; fi
age=$(($(date +%s) - beat))
# A beat of the future was before the clock was set back: it is no sign of life.
if [ "$age" -gt "$stale" ] || [ "$age" -lt "-$stale" ]; then exit 1; fi
cat "$lock/owner" 2>/dev/null || :
