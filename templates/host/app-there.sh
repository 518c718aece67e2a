#!/bin/sh
# Prints a line for each thing that an app has on the host: app-there.sh APP [sizes]
# A line is the kind of the thing and its name; of data, with `sizes`, also its size after a tab: to measure it takes
# long. The mark in a file, or a label of Docker's, says whose it is.
set -eu
app=$1
sizes=${2-}
folder=/opt/$app
mark='Written by Cutover'
size() {
  if [ "$sizes" = sizes ]; then printf '\t%s\n' "$(du -shx -- "$1" 2>/dev/null | cut -f 1)"; else echo; fi
}
if [ -e "$folder/.cutover" ] || [ "$(readlink "$folder/deploy")" = /opt/cutover/cutover.sh ]; then
  echo "folders $folder"
  find "$folder" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | while read -r name; do
    case $name in
      app.env|app.env.sh|settings.json|deploy|rollback|finish|status|heal|backup|restore|follow|followed|folders|polled) echo "files $folder/$name" ;;
      poller.paused|no-heal|heal.tried|standby|route.before|releases.jsonl|restored|incoming|files|..cutover.*) echo "files $folder/$name" ;;
      .cutover|lock|lock.guard) ;;
      # It says which volume has the data: whoever keeps the data needs it.
      postgres)
        find "$folder/postgres" -mindepth 1 -maxdepth 1 ! -name compose.yaml ! -name server -printf 'files %p\n' -o -printf 'backups %p\n'
        if [ -s "$folder/postgres/server" ]; then
          { read -r server && read -r database; } <"$folder/postgres/server"
          echo "databases $database in $server-postgres"
        fi ;;
      backups)
        find "$folder/backups" -maxdepth 1 -type f -regextype posix-extended -regex ".*/[.]?$app-[0-9]{8}t[0-9]{6}z[.]dump([.]partial)?" |
          while read -r file; do printf 'backups %s' "$file"; size "$file"; done ;;
      *) echo "foreign $folder/$name" ;;
    esac
  done
elif [ -e "$folder" ]; then echo "foreign $folder"; fi
grep -ls "$mark" -- "/etc/cron.d/cutover-$app" "/etc/systemd/system/cutover-poll-$app.timer" "/etc/systemd/system/cutover-heal-$app.timer" | sed 's/^/pollers /'
route=/opt/traefik/dynamic/$app.yaml
if grep -qs -e "$mark" -e "service: $app-blue$" -e "service: $app-green$" "$route"; then echo "routes $route"; fi
for beside in "/opt/traefik/dynamic/$app."*.yaml; do # what its route names: middlewares, certificates, maintenance
  if grep -qs "$mark" "$beside"; then echo "routes $beside"; fi
done
for log in "/var/log/cutover/$app-poller.log"* "/var/log/cutover/$app-backup.log"*; do
  if [ -e "$log" ]; then echo "logs $log"; fi
done
if ! command -v docker >/dev/null; then exit 0; fi
# What nobody can say now is not taken for gone.
docker version >/dev/null
docker ps -a --format '{{.State}} {{.Names}} {{.Label "cutover.app"}}|{{.Label "cutover.stamp"}}{{.Label "cutover.digest"}}' | while read -r state name label; do
  case "$name $label" in
    "$app-postgres |"?* | "$app-postgres-before |"?* | "$app-migration |"?* | *" $app|"*) ;;
    *) continue ;;
  esac
  if [ "$state" = running ] || [ "$state" = restarting ]; then echo "running $name"; else echo "stopped $name"; fi
done
docker network ls --format '{{.Name}} {{.Label "cutover"}}' | grep -xF -e "$app-backend 1" -e "traefik-public-$app 1" | sed 's/ .*//; s/^/networks /'
docker volume ls --format '{{.Label "cutover"}}|{{.Label "cutover.app"}}|{{.Label "cutover.postgres"}}| {{.Name}}' | while read -r labels name; do
  case "$labels $name" in "1||| $app-postgres" | *"|$app|"*) ;; *) continue ;; esac
  printf 'volumes %s' "$name"
  size "$(docker volume inspect -f '{{.Mountpoint}}' "$name")"
done
image=$(head -n 1 "$folder/follow" 2>/dev/null) || exit 0
# Another app of the same repository rolls back to these images, too.
for other in /opt/*/follow; do
  if [ "$other" != "$folder/follow" ] && [ "$(head -n 1 "$other")" = "$image" ]; then exit 0; fi
done
docker image ls --no-trunc --digests --format '{{.Digest}} {{.Tag}}' "$image" | sed -n "s|^\(sha256:[0-9a-f]*\) <none>$|images $image@\1|p"
