#!/bin/sh
# Runs in the container of an app's PostgreSQL, over its socket, as the user and on the database that it was made with.
# What is secret comes by stdin: it is in no list of processes. Another app that uses this server has a role and a
# database of its own in it, CUTOVER_ROLE and CUTOVER_DATABASE.
set -eu
database=${POSTGRES_DB:-$POSTGRES_USER}
role=${CUTOVER_ROLE:-$POSTGRES_USER}
export PGCONNECT_TIMEOUT=10
mark="# cutover: until the release${CUTOVER_ROLE:+ of $CUTOVER_ROLE} is done"

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
  if said=$(ask -h "$address" -U "$role" -d "${CUTOVER_DATABASE:-$database}" -c 'SELECT 1' 2>&1); then return; fi
  case $said in
    *'password authentication failed'*) ;;
    # Somebody's own rules let us in by no password: then it can't be tried, nor is it wrong.
    *pg_hba.conf*) return ;;
  esac
  ask -c "SELECT 'kept:' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = '$role'"
}

# The password of stdin is PostgreSQL's from now on. psql hashes it before it is sent, so no log of the server has it;
# where there is no terminal it asks stdin.
change() {
  IFS= read -r new || :
  case $(psql --version) in
    *' 9.'* | *' 1'[0-3].*) if [ "$(printf %s "$new" | wc -c)" -gt 99 ]; then fail 'before version 14, psql reads no password of more than 99 bytes'; fi ;;
  esac
  said=$(printf '%s\n%s\n' "$new" "$new" | ask -c "\\password ${CUTOVER_ROLE:-}" 2>&1) || fail "$said"
}

# Lines for pg_hba.conf come by stdin: they stand first, and are the only ones with this mark at their end. What keeps
# apps apart stays above all others: the first line that fits a connection decides.
rewrite() { # MARK
  # Two releases may be doing this at the same time.
  if command -v flock >/dev/null; then
    exec 9>/tmp/cutover-rules
    flock -w 60 9
  fi
  file=$(ask -c 'SHOW hba_file')
  new=$(mktemp "$file.XXXXXX")
  trap 'rm -f "$new"' EXIT
  # Its owner and its mode stay.
  cp -p "$file" "$new"
  { cat && { grep -v "$1\$" "$file" || [ $? = 1 ]; }; } |
    awk '/# cutover: apart from / { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }' >"$new"
  # What is cut off (a full disk) may still be valid, and lets nobody in.
  if [ "$(grep -cv "$1\$" "$new")" != "$(grep -cv "$1\$" "$file")" ]; then fail "$file can't be written anew"; fi
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

# The containers of these names on a network, and no others, are let in without a password.
let_in() { # NETWORK NAME ...
  network=$1
  shift
  for name; do printf 'host all "%s" %s.%s trust %s\n' "$role" "$name" "$network" "$mark"; done | rewrite "$mark"
}

# The app whose server this is gets into no database of another app: its user may do everything, and no grant keeps it out.
keep_out() { # DATABASE
  apart="# cutover: apart from $1"
  printf 'host "%s" "%s" all reject %s\n' "$1" "$POSTGRES_USER" "$apart" | rewrite "$apart"
}

# A database that is gone needs no rule.
keep_out_no_more() { # DATABASE
  rewrite "# cutover: apart from $1" </dev/null
}

# Just started, it may not answer yet.
waited=0
until pg_isready -q || [ "$waited" -ge 60 ]; do
  waited=$((waited + 1))
  sleep 1
done
"$@"
