# A release as people do it with compose. Argument: the tag.
set -eu
cd /opt/bench-release/compose
TAG=$1 docker compose pull --quiet
TAG=$1 docker compose up --detach --quiet-pull
