#!/bin/sh
# Written by Cutover: a new Traefik takes the place of the one that runs, and no request is lost.
#   traefik-swap.sh beside  old=ID new=NAME from=API to=API ports=80,443 grace=SECONDS linger=SECONDS -- COMMAND …
#   traefik-swap.sh instead …      where the old one publishes its ports: the new one can listen only once that has ended
#   traefik-swap.sh off            lets connections in again
# COMMAND makes the new one. While that runs and has not read its routes it would answer 404, so new connections are held: their first
# packet is dropped, and the client sends it again, after 1 s, 3 s, 7 s. Those that exist go on all the time.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
comment=cutover-traefik-swap
unit=cutover-traefik-swap
here=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
mode=${1-}
[ $# = 0 ] || shift

let_in() {
  systemctl stop "$unit.timer" 2>/dev/null || :
  for tables in iptables ip6tables; do
    $tables -w 5 -t mangle -S 2>/dev/null | grep -e "--comment $comment " | sed 's/^-A //' | while read -r rule; do
      # The words of a rule are to be split: it is what iptables itself has printed.
      # shellcheck disable=SC2086
      $tables -w 5 -t mangle -D $rule
    done
  done
}

hold() { # SECONDS: whatever becomes of us, the hold ends then
  let_in
  systemd-run --quiet --collect --unit="$unit" --on-active="$1" "$here" off
  for tables in iptables ip6tables; do
    for chain in PREROUTING OUTPUT; do
      # Before any translation of addresses, and only what is for this host: containers go on calling others.
      $tables -w 5 -t mangle -I "$chain" -p tcp --syn -m multiport --dports "$ports" -m addrtype --dst-type LOCAL \
        -m comment --comment "$comment" -j DROP 2>/dev/null || :
    done
  done
}

# The routers of files that a Traefik knows: it has all of them at once, as soon as it has read the files.
routers() { # API [FILTER]
  curl -q -sS --noproxy '*' --max-time 2 "http://$1/api/http/routers?per_page=10000${2-}" 2>/dev/null |
    grep -o '"name":"[^"]*@file"' | sort -u || :
}

# Each router that the old one served is one of the new one; if there was no old one, the new one has one if there is any.
has_routers() {
  now=$(routers "$1")
  if [ -z "$wanted" ]; then
    [ -n "$now" ] || ! grep -qs '^ *routers:' /opt/traefik/dynamic/*.y*ml
    return
  fi
  printf '%s\n' "$wanted" | while read -r name; do
    printf '%s\n' "$now" | grep -qxF "$name" || exit 1
  done
}

runs() { [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' "$new" 2>/dev/null)" = 'true 0' ]; }

ready() {
  tries=0
  until curl -q -sS --noproxy '*' --max-time 2 -o /dev/null "http://$to/ping" 2>/dev/null && has_routers "$to"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! runs; then return 1; fi
    sleep 0.2
  done
}

listeners() { # PORT
  ss -Hltn "sport = :$1" | wc -l
}

# The old one accepts nobody any more, and goes on with the connections that it has: its listening sockets are taken from
# the process by their numbers, and shut down. (`ss -K` finds one by its address, which both Traefiks have.) False where the
# kernel is older than 5.6.
deafen() {
  pid=$(docker inspect -f '{{.State.Pid}}' "$old")
  # shellcheck disable=SC2016
  perl -e '
    my $pid = shift;
    my %ports = map { $_ => 1 } split /,/, shift;
    my $process = syscall 434, $pid + 0, 0;                  # pidfd_open
    exit 1 if $process < 0;
    for my $path (glob "/proc/$pid/fd/*") {
      next unless (readlink($path) // "") =~ /^socket:/;
      my $copy = syscall 438, $process, ($path =~ /(\d+)$/)[0] + 0, 0;   # pidfd_getfd
      open my $socket, "+<&=", $copy or next;
      my $address = getsockname $socket or next;
      my ($family, $port) = unpack "S n", $address;
      next unless ($family == 2 || $family == 10) && $ports{$port};      # IPv4, IPv6
      next unless unpack "i", getsockopt $socket, 1, 30;                 # SO_ACCEPTCONN: it listens
      shutdown $socket, 0;
    }' "$pid" "$ports" || return 1
  alone
}

# Whether clients are connected with the old one. Its sockets are known by the control group of its process; where the kernel
# or `ss` does not know that, they may be.
connected() {
  group=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
  case $group in '' | /) return 0 ;; esac
  for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    [ -d "$root$group" ] || continue
    for port in $(echo "$ports" | tr , ' '); do
      sockets=$(ss -Htn state established "sport = :$port" and cgroup = "$root$group" 2>/dev/null) || return 0
      [ -z "$sockets" ] || return 0
    done
    return 1
  done
}

alone() { # nobody but the new one listens
  for port in $(echo "$ports" | tr , ' '); do
    [ "$(listeners "$port")" -le 1 ] || return 1
  done
}

# What it says about errors, without colours; it may have started again since, and begun anew.
last_words() {
  logs=$(docker logs "$new" 2>&1 | sed 's/\x1b\[[0-9;]*m//g') || :
  printf '%s\n' "$logs" | grep -e ' ERR ' -e ' FTL ' | tail -n 5 | grep . || printf '%s\n' "$logs" | tail -n 10
}

failed() {
  trap - EXIT
  last_words >&2
  docker stop --time 5 "$new" >/dev/null 2>&1 || :
  case $state in
    deaf) docker restart --time "$grace" "$old" >/dev/null || : ;;
    stopped) docker start "$old" >/dev/null || : ;;
  esac
  if [ "$state" != beside ]; then
    tries=0
    until has_routers "$from" || [ "$tries" -gt 100 ]; do
      tries=$((tries + 1))
      sleep 0.2
    done
  fi
  let_in
  exit 1
}

swap() {
  state=beside
  wanted=$(routers "$from" '&status=enabled')
  # A connection that is lost does not end this half-way.
  trap '' HUP PIPE
  trap 'exit 1' INT TERM
  trap failed EXIT
  "$@"
  hold $((grace + 60))
  if [ "$mode" = instead ]; then
    state=stopped
    docker stop --time "$grace" "$old" >/dev/null
  fi
  docker start "$new" >/dev/null
  ready
  if [ "$mode" = beside ]; then
    if deafen; then
      state=deaf
      let_in
      # It asks each client to connect anew after a while, with an answer. A connection that it closes by itself, because it
      # ends, may be one on which a request is just coming: so it ends only once hardly any is left.
      left=$linger
      while [ "$left" -gt 0 ] && connected; do
        sleep 1
        left=$((left - 1))
        runs
      done
      docker stop --time "$grace" "$old" >/dev/null
    else
      # It closes its sockets as soon as it is told to end.
      docker stop --time "$grace" "$old" >/dev/null &
      tries=0
      until alone || [ "$tries" -gt 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
      done
      let_in
      wait
    fi
  fi
  trap - EXIT
  let_in
}

case $mode in
  beside | instead)
    while [ "$1" != -- ]; do
      case $1 in
        old=*) old=${1#*=} ;;
        new=*) new=${1#*=} ;;
        from=*) from=${1#*=} ;;
        to=*) to=${1#*=} ;;
        ports=*) ports=${1#*=} ;;
        grace=*) grace=${1#*=} ;;
        linger=*) linger=${1#*=} ;;
        *) exit 2 ;;
      esac
      shift
    done
    shift
    swap "$@"
    ;;
  off) let_in ;;
  *) exit 2 ;;
esac
