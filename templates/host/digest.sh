#!/bin/sh
# Prints the digest that a registry has for a tag: digest.sh IMAGE TAG
# Exit status: 0 printed; the others, and what is said then, as registry.sh has it.
set -eu
image=$1
tag=$2
# shellcheck source=registry.sh
. "$(dirname "$0")/registry.sh"

# All four types: a type left out is a 404 on some registries. And HEAD first, for it is no pull to be counted.
index='application/vnd.oci.image.index.v1+json'
list='application/vnd.docker.distribution.manifest.list.v2+json'
manifest='application/vnd.oci.image.manifest.v1+json'
manifest2='application/vnd.docker.distribution.manifest.v2+json'
accept="Accept: $index, $list, $manifest, $manifest2"

# Whether the last answer tells the digest. Sets $digest: as the registry says it, or of the very bytes that it gave.
told() {
  case $fault/$code in 0/2??) ;; *) return 1 ;; esac
  digest=$(header docker-content-digest | tail -n 1 | grep -Ex 'sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}') && return
  [ -s "$work/body" ] || return 1
  case $(header content-type | tail -n 1 | tr '[:upper:]' '[:lower:]' | sed 's/[ ;].*//') in
    "$index" | "$list" | "$manifest" | "$manifest2") ;;
    *) trouble 5 "$host answers with something that is no manifest" 'Is that the address of a registry, or is a page to log in (a proxy, a portal) in between?' ;;
  esac
  digest=sha256:$(sha256sum <"$work/body" | cut -d ' ' -f 1)
}

# Some have no HEAD, or not for everybody, or not behind a redirect. Where it is to be left alone, GET is not tried either.
look() {
  told && return
  case $fault/$code in 0/429 | 0/503 | [!0]*) return 1 ;; 0/401) if [ "$authorization" = none ]; then return 1; fi ;; esac
  ask GET "$base$path" --header "$accept"
  told
}

find_digest() {
  path=/v2/$repository/manifests/$tag
  first HEAD "$path" --header "$accept"
  if look; then return; fi
  answer=$code
  cp "$work/body" "$work/answer"
  case $fault/$code in 0/429 | 0/503 | [!0]*) failed "$base" ;; esac
  if authorize; then
    ask HEAD "$base$path" --header "$accept"
    if look; then return; fi
  else
    code=$answer
    cp "$work/answer" "$work/body"
  fi
  case $fault/$code in
    0/404) trouble 4 "$host has no $repository:$tag" 'Is the tag pushed? Case and the leading v count.' ;;
    *) failed "$base" ;;
  esac
}

print_digest() {
  find_digest
  printf '%s\n' "$digest"
}

names
somewhere print_digest
