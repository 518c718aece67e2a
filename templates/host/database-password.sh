#!/bin/sh
# Runs in the container of an app's PostgreSQL, over its socket, as the user and on the database that it was made with.
# What is secret comes by stdin: it is in no list of processes.
set -eu
database=${POSTGRES_DB:-$POSTGRES_USER}
export PGCONNECT_TIMEOUT=10
mark='# cutover: until the release is done'

ask() { # OPTION ...
  psql -X -q -A -t -w -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$database" "$@"
}

fail() { # WHY
  printf '%s\n' "$1" >&2
  exit 1
}

# Logs in with the password of stdin as an app does, over the network. If that fails: what PostgreSQL keeps of the one it has.
try() {
  IFS= read -r PGPASSWORD || :
  export PGPASSWORD
  address=$(hostname -i | cut -d ' ' -f 1)
  # Without an address psql takes the socket, which asks for no password.
  if [ -z "$address" ]; then fail 'its container has no address'; fi
  if said=$(ask -h "$address" -c 'SELECT 1' 2>&1); then return; fi
  case $said in
    *'password authentication failed'*) ;;
    # Somebody's own rules let us in by no password: then it can't be tried, nor is it wrong.
    *pg_hba.conf*) return ;;
  esac
  ask -c "SELECT 'kept:' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = current_user"
}

# The password of stdin is PostgreSQL's from now on. psql hashes it before it is sent, so no log of the server has it;
# where there is no terminal it asks stdin.
change() {
  IFS= read -r new || :
  case $(psql --version) in
    *' 9.'* | *' 1'[0-3].*) if [ "$(printf %s "$new" | wc -c)" -gt 99 ]; then fail 'before version 14, psql reads no password of more than 99 bytes'; fi ;;
  esac
  said=$(printf '%s\n%s\n' "$new" "$new" | ask -c '\password' 2>&1) || fail "$said"
}

# The containers of these names on a network, and no others, are let in without a password.
let_in() { # NETWORK NAME ...
  network=$1
  shift
  file=$(ask -c 'SHOW hba_file')
  new=$(mktemp "$file.XXXXXX")
  trap 'rm -f "$new"' EXIT
  # Its owner and its mode stay.
  cp -p "$file" "$new"
  {
    for name; do printf 'host all "%s" %s.%s trust %s\n' "$POSTGRES_USER" "$name" "$network" "$mark"; done
    grep -v "$mark\$" "$file" || [ $? = 1 ]
  } >"$new"
  # What is cut off (a full disk) may still be valid, and lets nobody in.
  if [ "$(grep -cv "$mark\$" "$new")" != "$(grep -cv "$mark\$" "$file")" ]; then fail "$file can't be written anew"; fi
  sync "$new" 2>/dev/null || sync
  mv -f "$new" "$file"
  wrong=$(ask -c "SELECT line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL")
  if [ -n "$wrong" ]; then fail "$file has errors, line $wrong"; fi
  read_at=$(ask -c 'SELECT pg_conf_load_time()')
  ask -c 'SELECT pg_reload_conf()' >/dev/null
  tries=0
  # A new connection is made by the rules that were read last.
  until [ "$(ask -c 'SELECT pg_conf_load_time()')" != "$read_at" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 50 ]; then fail 'PostgreSQL does not read its configuration again'; fi
    sleep 0.1
  done
}

# Just started, it may not answer yet.
waited=0
until pg_isready -q || [ "$waited" -ge 60 ]; do
  waited=$((waited + 1))
  sleep 1
done
"$@"
