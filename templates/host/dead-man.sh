#!/bin/sh
# The firewall's dead-man switch: what ufw had is put back, unless a new login says in time that it can come in.
#   dead-man.sh arm TOKEN          keeps what ufw has, and starts the clock
#   dead-man.sh do TOKEN COMMAND   runs a command of the change, and winds the clock up again
#   dead-man.sh left TOKEN         all of it is done: what is changed from now on is somebody else's
#   dead-man.sh keep TOKEN         over a new login: the change stays
#   dead-man.sh back TOKEN         puts the old state back at once
#   dead-man.sh watch              the clock (cutover-dead-man.service, so that it outlives a reboot too)
# Beside it: `seconds`, for how long the clock runs. Exit 3: another change is under way; 4: the old state is back already.
set -eu
cd "$(dirname "$0")"
here=$(pwd)
ufw=$(dirname "$here")
defaults=$(dirname "$ufw")/default/ufw
unit=cutover-dead-man.service
# What any of these do is one step for all others. A command that hangs does not keep the old state from coming back.
exec 9<"$ufw"
locked() { flock -w 30 9 || [ "$1" = back ]; }
mine() { [ "$(cat armed/token 2>/dev/null)" = "$1" ]; }

chains() {
  for tables in iptables ip6tables; do
    if rules=$("$tables" -S DOCKER-USER 2>/dev/null); then
      {
        printf '%s\n' '*filter' ':DOCKER-USER - [0:0]'
        printf '%s\n' "$rules" | sed -n '/^-A/p'
        echo COMMIT
      } >"$1/$tables"
    fi
  done
}

arm() {
  [ ! -e armed ] || exit 3
  rm -rf new kept
  mkdir -m 700 new
  for file in user.rules user6.rules after.rules after6.rules ufw.conf; do
    [ ! -e "$ufw/$file" ] || cp -p "$ufw/$file" new/
  done
  [ ! -e "$defaults" ] || cp -p "$defaults" new/defaults
  chains new
  echo "$1" >new/token
  sync new/* new
  mv new armed
  # From here on the clock is there, whatever becomes of us: a boot starts it too.
  cp "$unit" "/etc/systemd/system/$unit"
  if ! { systemctl daemon-reload && systemctl enable --quiet "$unit" && systemctl start "$unit" && systemctl is-active --quiet "$unit"; }; then
    rm -rf armed
    clean stop
    exit 1
  fi
}

# Where a file lies that is kept: the rules, and the settings of ufw with what becomes of that which no rule names.
place() {
  case $1 in
    */defaults) echo "$defaults" ;;
    *) echo "$ufw/$(basename "$1")" ;;
  esac
}

# A file that somebody else has changed since is kept beside.
files_back() {
  for copy in armed/*.rules armed/defaults; do
    [ -e "$copy" ] || continue
    file=$(place "$copy")
    if cmp -s "$copy" "$file"; then continue; fi
    if [ -e armed/left ] && ! grep -F " $file" armed/left | sha256sum -c --status 2>/dev/null; then
      echo "$file was changed by somebody else meanwhile: their version is $file.cutover-newer"
      cp -p "$file" "$file.cutover-newer"
    fi
    cp -p "$copy" "$here/back"
    mv -f "$here/back" "$file"
  done
}

chains_back() {
  chains_now=$(mktemp -d)
  chains "$chains_now"
  for tables in iptables ip6tables; do
    if cmp -s "armed/$tables" "$chains_now/$tables"; then continue; fi
    if [ -e "armed/$tables" ]; then "$tables-restore" -n <"armed/$tables" || :
    elif [ -e "$chains_now/$tables" ]; then "$tables" -F DOCKER-USER || :; fi
  done
  rm -rf "$chains_now"
}

enabled() { grep -q '^ENABLED="\{0,1\}yes' "$1"; }

# The way in comes first: a ufw that was off is switched off before anything else, and one that cannot load its old rules too.
# One that somebody has switched off meanwhile stays off.
back() {
  set +e
  echo "putting the firewall back as it was: no new login has come in"
  if enabled "$ufw/ufw.conf" && ! enabled armed/ufw.conf; then
    ufw disable || :
    files_back
  else
    files_back
    if enabled "$ufw/ufw.conf"; then ufw reload || ufw disable || :; fi
  fi
  chains_back
  set -e
}

clean() {
  systemctl disable --quiet "$unit" 2>/dev/null || :
  [ "$1" = leave ] || systemctl stop "$unit" 2>/dev/null || :
  rm -f "/etc/systemd/system/$unit"
  systemctl daemon-reload || :
  cd /
  rm -rf "$here"
}

watch() {
  seconds=$(cat seconds)
  left=$seconds
  while [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
    if [ -e armed/wound ] && rm armed/wound; then left=$seconds; fi
  done
}

case $1 in
  arm)
    locked arm
    arm "$2"
    ;;
  do)
    locked "do"
    mine "$2" || exit 4
    : >armed/wound
    shift 2
    "$@"
    ;;
  left)
    locked left
    mine "$2" || exit 4
    for copy in armed/*.rules armed/defaults; do
      if [ -e "$copy" ]; then sha256sum "$(place "$copy")"; fi
    done >armed/left
    ;;
  keep)
    locked keep
    mine "$2" || exit 4
    mv armed kept
    clean stop
    ;;
  back)
    locked back
    mine "$2" || exit 4
    back
    clean stop
    ;;
  watch)
    watch
    locked back
    if [ -e armed ]; then back; fi
    clean leave
    ;;
esac
