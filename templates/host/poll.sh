#!/bin/sh
# What cron runs: releases an app when the tag that it follows has moved. poll.sh APP
# A registry that does not answer is no news. What was released, refused, or decided by hand is not news either.
set -eu
app=$1
directory=/opt/$app
say() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$app" "$*"; }
{ read -r image && read -r tag; } <"$directory/follow"
date +%s >"$directory/polled"
status=0
errors=/run/cutover-poll-$app
digest=$(/opt/cutover/digest.sh "$image" "$tag" 2>"$errors") || status=$?
# Its lines are what is wrong, what to do, and the registry's or curl's last words.
why=$(tr '\n' ' ' <"$errors")
rm -f "$errors"
case $status in
  0) ;;
  4) exit 0 ;;
  6) say "the registry refused $image:$tag: $why" && exit 0 ;;
  7) say "the registry can't say now what $image:$tag is: $why" && exit 0 ;;
  8) say "the registry of $image:$tag is not trusted: $why" && exit 0 ;;
  *) say "the registry did not answer for $image:$tag: $why" && exit 0 ;;
esac
if [ "$digest" = "$(cat "$directory/followed" 2>/dev/null)" ]; then exit 0; fi
if grep -F "\"digest\":\"$digest\"" "$directory/releases.jsonl" 2>/dev/null | tail -n 1 | grep -q '"result":"refused"'; then
  say "$image:$tag is now $digest, which was refused before: it is not tried again"
  printf '%s\n' "$digest" >"$directory/followed"
  exit 0
fi
say "$image:$tag is now $digest: releasing it"
CUTOVER_WHO=poller exec "$directory/deploy" "$tag"
