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
if ! flock -n 9; then
  if [ -n "$scheduled" ]; then
    say 'another poller runs, and releases or asks: this one ends'
    exit 0
  fi
  say 'another poller runs: waiting for it'
  flock 9
fi

# Why it is held back is logged when that changes, and not each time.
held=$(/opt/cutover/held.sh "$app")
if [ "$held" != "$(cat "$state.held" 2>/dev/null)" ]; then
  say "${held:-the poller is not held back any more}"
  printf '%s\n' "$held" >"$state.held"
fi
if [ -n "$held" ]; then exit 0; fi

# After each failure in a row twice as long: 2, 4, 8 … minutes, at most an hour. A person who calls this need not wait.
# A file has a word, how often it has failed in a row, and until when it is left alone.
early() { # FILE WORD
  failures=0
  next=0
  if read -r word count until 2>/dev/null <"$1" && [ "$word" = "$2" ]; then
    failures=$count
    next=$until
  fi
  [ -n "$scheduled" ] && [ "$(date +%s)" -lt "$next" ]
}
later() { # FILE WORD: after a failure. Sets $minutes.
  failures=$((failures < 6 ? failures + 1 : 6))
  minutes=$((1 << failures))
  if [ "$minutes" -gt 60 ]; then minutes=60; fi
  printf '%s %s %s\n' "$2" "$failures" "$(($(date +%s) + minutes * 60 - 30))" >"$1"
}
if early "$state.failed" registry; then exit 0; fi
failed() { # WHAT: the registry did not say what is new
  later "$state.failed" registry
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
# When the newest release of this digest was refused; nothing where it was not.
refused() {
  grep -F "\"digest\":\"$digest\"" "$directory/releases.jsonl" 2>/dev/null | tail -n 1 |
    sed -n '/"result":"refused"/s/.*"at":"\([^"]*\)".*/\1/p'
}
# Other settings and another environment are a new chance for what was refused: whether setup has written them since.
changed() { # FIND'S TEST
  [ -n "$(find "$directory/settings.json" "$directory/app.env" "$directory/app.env.sh" "$directory/files/list.json" "$@" 2>/dev/null)" ]
}
# The program knows exactly what was refused with which settings, and refuses it again before it pulls anything.
if [ "$digest" = "$(cat "$directory/followed" 2>/dev/null)" ]; then
  if [ -z "$(refused)" ] || ! changed -newer "$directory/followed"; then exit 0; fi
  say "$image:$tag was refused, and setup has changed something since"
else
  since=$(refused)
  if [ -n "$since" ] && ! changed -newermt "$since"; then
    say "$image:$tag is now $digest, which was refused before: it is not tried again"
    printf '%s\n' "$digest" >"$directory/followed"
    exit 0
  fi
fi
if early "$state.unreleased" "$digest"; then exit 0; fi
say "$image:$tag is now $digest: releasing it"
status=0
CUTOVER_WHO=poller "$directory/deploy" "$tag" || status=$?
if [ "$status" = 0 ]; then
  rm -f "$state.unreleased"
# What was refused is noted, and not tried again. What else went wrong may be over later: a full disk, a lost registry.
elif [ "$digest" != "$(cat "$directory/followed" 2>/dev/null)" ]; then
  later "$state.unreleased" "$digest"
  say "$image:$tag was not released, and is tried again in $minutes min at the earliest"
fi
exit "$status"
