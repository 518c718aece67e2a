#!/bin/sh
# Prints the digest that a registry has for a tag: digest.sh IMAGE TAG
# Exit status: 0 printed, 4 no such tag, 5 the registry does not answer, 6 it refused.
# HEAD with all four manifest types: a type left out is a 404 on some registries, and HEAD is no pull to be counted.
set -eu
image=$1
tag=$2
registry=${image%%/*}
repository=${image#*/}
case $registry in
  *.* | *:* | localhost) ;;
  *)
    registry=docker.io
    repository=$image
    ;;
esac
host=$registry
if [ "$registry" = docker.io ]; then
  host='registry-1.docker.io'
  case $repository in */*) ;; *) repository=library/$repository ;; esac
fi
accept='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
url=https://$host/v2/$repository/manifests/$tag
account=/opt/cutover/registries/$registry
ca=/etc/docker/certs.d/$registry/ca.crt

# The account is a curl configuration, so that it is in no argument list.
call() {
  set -- --silent --show-error --connect-timeout 10 --max-time 15 --retry 1 "$@"
  if [ -f "$ca" ]; then set -- --cacert "$ca" "$@"; fi
  curl "$@"
}
account_options() {
  if [ -f "$account" ]; then echo "--config $account"; fi
}
field() { # NAME: a header's value, from standard input
  tr -d '\r' | sed -n "s/^$1: *//Ip" | tail -n 1
}
status() {
  tr -d '\r' | sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' | tail -n 1
}

headers=$(call --head --header "Accept: $accept" "$url") || exit 5
if [ "$(printf '%s\n' "$headers" | status)" = 401 ]; then
  challenge=$(printf '%s\n' "$headers" | field www-authenticate)
  part() { printf '%s\n' "$challenge" | sed -n "s/.*$1=\"\([^\"]*\)\".*/\1/p"; }
  case $challenge in
    [Bb]earer*)
      # shellcheck disable=SC2046 # two words or none
      answer=$(call $(account_options) --get --data-urlencode "service=$(part service)" --data-urlencode "scope=repository:$repository:pull" "$(part realm)") || exit 5
      token=$(printf '%s' "$answer" | sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p')
      headers=$(printf 'Authorization: Bearer %s\n' "$token" | call --head --header "Accept: $accept" --header @- "$url") || exit 5
      ;;
    *)
      # shellcheck disable=SC2046
      headers=$(call $(account_options) --head --header "Accept: $accept" "$url") || exit 5
      ;;
  esac
fi
case $(printf '%s\n' "$headers" | status) in
  200) ;;
  404) exit 4 ;;
  401 | 403) exit 6 ;;
  *) exit 5 ;;
esac
digest=$(printf '%s\n' "$headers" | field docker-content-digest)
[ -n "$digest" ] || exit 5
printf '%s\n' "$digest"
