#!/bin/sh
# /opt/APP/deploy [TAG], rollback [TAG], finish, status, heal, backup and restore are links to this file.
# They run the very program that the playbooks are, in a container that has this host as /host.
set -eu
if [ "$(id -u)" != 0 ]; then exec sudo -- "$0" "$@"; fi
command=$(basename "$0")
app=$(basename "$(cd "$(dirname "$0")" && pwd)")
if ! read -r image 2>/dev/null </opt/cutover/runtime; then
  echo 'error: this host is not set up any more: /opt/cutover/runtime is missing' >&2
  echo '  Run setup on your machine: cutover setup (or npx tsx playbooks/setup.ts)' >&2
  exit 1
fi
if ! said=$(docker version --format . 2>&1); then
  printf 'error: Docker does not answer: %s\n' "$(printf '%s\n' "$said" | tail -n 1)" >&2
  echo '  What runs on it may well run on. See why: systemctl status docker; journalctl -u docker' >&2
  exit 1
fi
tty=
if [ -t 0 ] && [ -t 1 ]; then tty=--tty; fi
# shellcheck disable=SC2086 # one option or none
exec docker run --rm --interactive $tty --network host --pid host --log-driver none --volume /:/host \
  --env TERM="${TERM:-dumb}" --env CUTOVER_WHO="${CUTOVER_WHO:-${SUDO_USER:-root}}" --env CUTOVER_WHERE="$(hostname)" \
  "$image" node /host/opt/cutover/bin/cutover.mjs "$command" "$app" "$@"
