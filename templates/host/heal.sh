#!/bin/sh
# What cron runs each minute: does what is to serve run, and is its route what it was? heal.sh APP
# A look costs two docker commands. Only what is wrong twice, ten seconds apart, while nobody releases, starts the program.
# An operator who wants an app to stay down says so: touch /opt/APP/no-heal
set -eu
app=$1
directory=/opt/$app
route=/opt/traefik/dynamic/$app.yaml
tried=$directory/heal.tried
# It is nobody's wish to stay down, and stopping may take a slot its whole drain: beside the rest.
/opt/cutover/standby.sh "$app" &
trap wait EXIT
if [ -e "$directory/no-heal" ]; then exit 0; fi
exec 9>"/run/cutover-heal-$app"
flock -n 9 || exit 0
# What a write, or a question to the registry, left that was killed in the middle. None takes an hour.
find /opt/traefik/staging "$directory" /run -maxdepth 1 -mmin +60 \( -path '/opt/traefik/staging/.*.??????' \
  -o -path "$directory/.followed.??????" -o -path "$directory/.standby.??????" -o -path "$directory/.route.before.??????" \
  -o -path '/run/cutover-registry.??????' \) -exec rm -rf -- {} + 2>/dev/null || :
say() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$app" "$*"; }

releasing() { /opt/cutover/locked.sh "$directory/lock" >/dev/null; }

slot() { # the container that the route names
  sed -n "s/^ *service: \\($app-[a-z]*\\)$/\\1/p" "$route" 2>/dev/null | grep -xE "$app-(blue|green)" | head -n 1
}

inspect() { # FORMAT NAME ...
  timeout 30 docker inspect --type container -f "$@" 2>/dev/null || true
}

wrong() { # what is wrong, a line each; nothing if all is well
  set --
  live=$(slot || true)
  # The live slot is not among them: it has no stand-in.
  names=traefik
  # Its database may be in the server of another app.
  database=$app
  if [ -s "$directory/postgres/server" ]; then database=$(head -n 1 "$directory/postgres/server"); fi
  if [ -d "$directory/postgres" ]; then names="$names $database-postgres"; fi
  # What made room for a new container, if the run that was to make that one has died: NAME-before.
  for name in $names; do set -- "$@" "$name" "$name-before"; done
  there=$(inspect '{{with .Config.Labels}}{{if or (index . "cutover.stamp") (index . "cutover.app")}}{{$.Name}} {{$.State.Running}}{{end}}{{end}}' "$@" ${live:+"$live"})
  for name in $names ${live:+"$live"}; do
    case $(printf '%s\n' "$there" | grep -xE "/$name(-before)? (true|false)" | LC_ALL=C sort | head -n 1) in
      *' false') echo "$name does not run" ;;
    esac
  done
  if [ "$database" != "$app" ]; then
    case $(inspect '{{json .NetworkSettings.Networks}}' "$database-postgres") in
      '' | *"\"$app-backend\":"*) ;;
      *) echo "$database-postgres is not on $app-backend" ;;
    esac
  fi
  # Until a release has been good, nothing is to serve.
  if ! grep -q '"result":"good"' "$directory/releases.jsonl" 2>/dev/null; then return; fi
  if grep -q '^# canary: ' "$route" 2>/dev/null; then
    echo "$route is that of a canary that nobody watches any more"
    return
  fi
  if [ -z "$live" ]; then
    echo "$route names no slot"
    return
  fi
  was=$(inspect '{{with index .Config.Labels "cutover.route"}}{{.}}{{end}}' "$live")
  if [ -n "$was" ] && [ "$was" != "$(cat "$route")" ]; then echo "$route is not what it was"; fi
}

# After three deaths within a minute systemd leaves Docker dead.
if systemctl is-failed --quiet docker 2>/dev/null; then
  say 'Docker has failed: starting it'
  systemctl reset-failed docker
  systemctl start docker
fi
if releasing || [ -z "$(wrong)" ]; then exit 0; fi
sleep 10
what=$(wrong)
if releasing || [ -z "$what" ]; then exit 0; fi
# The same again and again is tried, and logged, only every ten minutes.
if [ "$what" = "$(cat "$tried" 2>/dev/null)" ] && [ -z "$(find "$tried" -mmin +10)" ]; then exit 0; fi
printf '%s\n' "$what" >"$tried"
say "$(printf '%s' "$what" | tr '\n' ';'): mending it"
status=0
CUTOVER_WHO=cron "$directory/heal" </dev/null || status=$?
if [ "$status" = 0 ]; then rm -f "$tried"; fi
exit "$status"
