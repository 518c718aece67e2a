#!/bin/sh
# Prints what a registry has below an image's repository: registry-get.sh IMAGE PATH…
# A line for each path, such as manifests/TAG, in their order: the body in base64, and empty where the registry has nothing.
# Exit status as registry.sh has it.
set -eu
image=$1
shift
# shellcheck source=registry.sh
. "$(dirname "$0")/registry.sh"

# What is larger fills no memory of this host: $work is in it. Beyond that curl can't write (23).
largest=$((4 * 1024 * 1024))
trap '' XFSZ
ulimit -f $((largest / 512))

manifests='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
known=

# PATH: what is there is in $work/body.
look() {
  place=$1 path=/v2/$repository/$1
  case $place in blobs/*) set -- ;; *) set -- --header "Accept: $manifests" ;; esac
  if [ -n "$known" ]; then ask GET "$base$path" "$@"; else first GET "$path" "$@"; fi
  # Some say of anything that it is not there, to who has no token yet.
  case $known$fault/$code in
    0/401 | 0/403 | 0/404 | known:0/401)
      answer=$code
      if authorize; then ask GET "$base$path" "$@"; else code=$answer; fi
      ;;
  esac
  known=known:
  case $place/$fault/$code in
    */0/2??) ;;
    # Lists of referrers are newer than many a registry.
    */0/404 | referrers/*/0/400 | referrers/*/0/403 | referrers/*/0/40[56] | referrers/*/0/501) : >"$work/body" ;;
    */23/*)
      if [ "$(wc -c <"$work/body")" -lt "$largest" ]; then failed "$base"; fi
      trouble 5 "$host gives more than 4 MiB where a signature would be" 'Is that the address of a registry?'
      ;;
    *) failed "$base" ;;
  esac
}

# PATH…: status 1: there is nothing at any of them.
everything() {
  nothing=1
  for each; do
    look "$each"
    if [ -s "$work/body" ]; then nothing=0; fi
    base64 <"$work/body" | tr -d '\n'
    echo
  done
  return "$nothing"
}

names
somewhere everything "$@" || :
