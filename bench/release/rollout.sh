# The sequence that docker-rollout describes: twice as many containers, wait until the new ones are healthy, then the old
# ones stop and are removed. Argument: the tag.
set -eu
cd /opt/bench-release/rollout
export TAG=$1
docker compose pull --quiet app
old=$(docker compose ps --quiet app)
docker compose up --detach --quiet-pull --no-deps --no-recreate --scale app=$(($(echo "$old" | wc -l) * 2)) app
for new in $(docker compose ps --quiet app); do
  case $old in *"$new"*) continue ;; esac
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$new")" = healthy ]; do sleep 0.1; done
done
docker stop $old >/dev/null
docker rm $old >/dev/null
