#!/bin/sh
# The script, sent to all hosts at once: send.sh ADDRESSES KEY KNOWN_HOSTS SCRIPT
status=0
pids=
while read -r address || [ -n "$address" ]; do
  ssh -o BatchMode=yes -o UserKnownHostsFile="$3" -i "$2" "deploy@$address" sudo sh -s <"$4" &
  pids="$pids $!"
done <"$1"
for pid in $pids; do wait "$pid" || status=1; done
exit "$status"
