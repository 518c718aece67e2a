#!/bin/sh
# Says why the poller of an app releases nothing at this time; says nothing if it may: held.sh APP [freeze]
# With `freeze`, a pause does not count: it holds the poller back, and nobody else.
set -eu
directory=/opt/$1
follow=$directory/follow

if [ "${2-}" != freeze ] && [ -s "$directory/poller.paused" ]; then
  echo "paused $(head -n 1 "$directory/poller.paused")"
  exit
fi
if ! grep -q '^freeze ' "$follow" 2>/dev/null; then exit; fi
zone=$(sed -n 's/^zone //p' "$follow")
if [ -n "$zone" ]; then
  # date takes a zone that it does not know for UTC.
  if [ ! -e "/usr/share/zoneinfo/$zone" ]; then
    echo "frozen: the host does not know the time zone $zone (apt-get install tzdata)"
    exit
  fi
  export TZ="$zone"
fi
# shellcheck disable=SC2046 # three numbers
set -- $(date '+%u %H %M')
# Minutes since Monday 00:00. A number with a 0 before it would be octal.
now=$((($1 - 1) * 1440 + (1$2 - 100) * 60 + 1$3 - 100))
while read -r word from to text; do
  [ "$word" = freeze ] || continue
  # One whose end is before its begin goes over the end of the week.
  if [ "$from" -lt "$to" ]; then
    if [ "$now" -lt "$from" ] || [ "$now" -ge "$to" ]; then continue; fi
  elif [ "$now" -lt "$from" ] && [ "$now" -ge "$to" ]; then
    continue
  fi
  echo "frozen $text${zone:+ ($zone)}"
  break
done <"$follow"
