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

# Logs in with the password of stdin as an app does, over the network. If that fails: what PostgreSQL keeps of the one it has.
try() {
  IFS= read -r PGPASSWORD || :
  export PGPASSWORD
  if said=$(ask -h "$(hostname -i | cut -d ' ' -f 1)" -c 'SELECT 1' 2>&1); then return; fi
  # Somebody's own rules let us in by no password: then it can't be tried, nor is it wrong.
  case $said in *pg_hba.conf*) return ;; esac
  ask -c "SELECT 'kept:' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = current_user"
}

# The password of stdin is PostgreSQL's from now on. psql hashes it before it is sent, so no log of the server has it;
# where there is no terminal it asks stdin.
change() {
  IFS= read -r new || :
  if ! said=$(printf '%s\n%s\n' "$new" "$new" | ask -c '\password' 2>&1); then
    printf '%s\n' "$said" >&2
    return 1
  fi
}

# What PostgreSQL kept of a password (stdin) is what it keeps again. Nothing: it had none.
restore() {
  IFS= read -r kept || :
  case $kept in
    '') ask -c 'ALTER ROLE CURRENT_USER PASSWORD NULL' ;;
    *[!A-Za-z0-9\$:+/=-]*) echo 'that is nothing that PostgreSQL keeps of a password' >&2; return 1 ;;
    *) printf "ALTER ROLE CURRENT_USER PASSWORD '%s';\n" "$kept" | ask ;;
  esac
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
    for name; do printf 'host "%s" "%s" %s.%s trust %s\n' "$database" "$POSTGRES_USER" "$name" "$network" "$mark"; done
    grep -v "$mark\$" "$file" || :
  } >"$new"
  sync "$new" 2>/dev/null || sync
  mv -f "$new" "$file"
  wrong=$(ask -c "SELECT line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL")
  if [ -n "$wrong" ]; then
    echo "$file has errors, line $wrong" >&2
    return 1
  fi
  read_at=$(ask -c 'SELECT pg_conf_load_time()')
  ask -c 'SELECT pg_reload_conf()' >/dev/null
  tries=0
  # A new connection is made by the rules that were read last.
  until [ "$(ask -c 'SELECT pg_conf_load_time()')" != "$read_at" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 50 ]; then
      echo 'PostgreSQL does not read its configuration again' >&2
      return 1
    fi
    sleep 0.1
  done
}

"$@"
