#!/bin/sh
# What cron or a timer runs: releases an app when the tag that it follows has moved. poll.sh APP [SECONDS]
# With SECONDS it first waits for so long, and leaves a registry alone for a while that did not answer.
# A registry that does not answer is no news. What was released, refused, or decided by hand is not news either.
set -eu
app=$1
directory=/opt/$app
scheduled=${2-}
state=/run/cutover-poll-$app
say() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$app" "$*"; }

if [ -n "$scheduled" ]; then sleep "$scheduled"; fi
# One at a time: the release that this starts keeps the lock. A person who calls this waits for it.
exec 9>"$state.lock"
if [ -n "$scheduled" ]; then flock -n 9 || exit 0; else flock 9; fi

# Why it is held back is logged when that changes, and not each time.
held=$(/opt/cutover/held.sh "$app")
if [ "$held" != "$(cat "$state.held" 2>/dev/null)" ]; then
  say "${held:-the poller is not held back any more}"
  printf '%s\n' "$held" >"$state.held"
fi
if [ -n "$held" ]; then exit 0; fi

# After each failure in a row twice as long: 2, 4, 8 … minutes, at most an hour.
failures=0
next=0
if [ -s "$state.failed" ]; then read -r failures next <"$state.failed"; fi
if [ -n "$scheduled" ] && [ "$(date +%s)" -lt "$next" ]; then exit 0; fi
failed() { # WHAT: the registry did not say what is new
  failures=$((failures < 6 ? failures + 1 : 6))
  minutes=$((1 << failures))
  if [ "$minutes" -gt 60 ]; then minutes=60; fi
  printf '%s %s\n' "$failures" "$(($(date +%s) + minutes * 60 - 30))" >"$state.failed"
  say "$* It is asked again in $minutes min at the earliest."
  exit 0
}

{ read -r image && read -r tag; } <"$directory/follow"
date +%s >"$directory/polled"
status=0
errors=$state
digest=$(/opt/cutover/digest.sh "$image" "$tag" 2>"$errors") || status=$?
# Its lines are what is wrong, what to do, and the registry's or curl's last words.
why=$(tr '\n' ' ' <"$errors")
rm -f "$errors"
case $status in
  0 | 4) rm -f "$state.failed" ;;
  6) failed "the registry refused $image:$tag: $why" ;;
  7) failed "the registry can't say now what $image:$tag is: $why" ;;
  8) failed "the registry of $image:$tag is not trusted: $why" ;;
  *) failed "the registry did not answer for $image:$tag: $why" ;;
esac
if [ "$status" = 4 ]; then exit 0; fi
if [ "$digest" = "$(cat "$directory/followed" 2>/dev/null)" ]; then exit 0; fi
if grep -F "\"digest\":\"$digest\"" "$directory/releases.jsonl" 2>/dev/null | tail -n 1 | grep -q '"result":"refused"'; then
  say "$image:$tag is now $digest, which was refused before: it is not tried again"
  printf '%s\n' "$digest" >"$directory/followed"
  exit 0
fi
say "$image:$tag is now $digest: releasing it"
CUTOVER_WHO=poller exec "$directory/deploy" "$tag"
