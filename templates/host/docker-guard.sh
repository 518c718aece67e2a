#!/bin/sh
# Clients are not refused while dockerd starts: docker-guard.sh on|failed|off, called by systemd around docker.service.
# A starting dockerd takes its rules for published ports away and sets them anew; whoever connects in between reaches the host
# itself, where nobody listens. Meanwhile such a connection is dropped, so that the client tries again within a second.
set -u
comment=cutover-docker-starts
unit=cutover-docker-guard

off() {
  systemctl stop "$unit.timer" 2>/dev/null
  for tables in iptables ip6tables; do
    $tables -w 5 -S INPUT 2>/dev/null | grep -e "--comment $comment" | sed 's/^-A //' | while read -r rule; do
      # The words of a rule are to be split: it is what iptables itself has printed.
      # shellcheck disable=SC2086
      $tables -w 5 -D $rule
    done
  done
}

on() {
  off
  ports=$({ iptables -w 5 -t nat -S DOCKER; ip6tables -w 5 -t nat -S DOCKER; } 2>/dev/null | sed -n 's/.* -p tcp .*--dport \([0-9:]*\) .*/\1/p' | sort -u)
  [ -n "$ports" ] || return 0
  for port in $ports; do
    for tables in iptables ip6tables; do
      $tables -w 5 -I INPUT -p tcp --syn --dport "$port" -m comment --comment "$comment" -j DROP
    done
  done
  # Whatever becomes of dockerd, it ends.
  systemd-run --quiet --collect --unit="$unit" --on-active=60 "$0" off
}

case ${1-} in
  on) on ;;
  # One that was stopped on purpose is not coming back at once.
  failed) if [ "${SERVICE_RESULT-success}" != success ]; then on; fi ;;
  off) off ;;
  *) exit 2 ;;
esac
exit 0
