# shellcheck shell=sh disable=SC2154,SC2034
# Asks a registry as Docker on this host does: its names, certificates, insecure registries, proxy and challenges.
# digest.sh, tags.sh and registry-get.sh read this file with $image set. A failure ends the script: three lines on standard error say what is wrong,
# what to do, and the last words of curl or of the registry.
# Exit status: 4 it has no such tag, 5 it does not answer as a registry does, 6 it refused, 7 it was asked too often,
# 8 it is not trusted, 9 the fault is this host's.
began=$(date +%s)
budget=30  # seconds that everything together may take
patience=5 # seconds that a registry may ask to be left alone before it is asked once more
fault=0 code=000 authorization=none insecure='' account='' heard=''

# shellcheck source=registry-failure.sh
. "$(dirname "$0")/registry-failure.sh"
# shellcheck source=registry-login.sh
. "$(dirname "$0")/registry-login.sh"

# HOST BASE: the place that is asked, by its name with port and by its address. Certificates are where Docker finds them.
at() {
  host=$1 base=$2 insecure=
  certificates=/etc/docker/certs.d/$host
  awk 1 "$certificates"/*.crt >"$work/ca" 2>/dev/null || : >"$work/ca"
}

# The names that Docker reads out of an image's. Sets $registry (as its account is filed) and $repository.
names() {
  case $image in
    */*) registry=${image%%/*} repository=${image#*/} ;;
    *) registry='' repository=$image ;;
  esac
  case $registry in
    docker.io | index.docker.io) registry=docker.io ;;
    *.* | *:* | localhost) ;;
    *) registry=docker.io repository=$image ;;
  esac
  if [ "$registry" != docker.io ]; then
    at "$registry" "https://$registry"
    return
  fi
  at registry-1.docker.io https://registry-1.docker.io
  case $repository in */*) ;; *) repository=library/$repository ;; esac
}

work=$(mktemp -d "${TMPDIR:-/run}/cutover-registry.XXXXXX" 2>&1) || {
  heard=$work
  trouble 9 "this host can't write to ${TMPDIR:-/run}" "Is it full? Make room there: df -h ${TMPDIR:-/run}"
}
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM
: >"$work/error"
: >"$work/body"
command -v curl >/dev/null || trouble 9 'there is no curl on this host' 'Run setup again: it installs it.'

# PROGRAM [ARGUMENT], from JSON on standard input: `it` is the value. A container takes a second, and so it is the last resort.
json() {
  read -r runtime </opt/cutover/runtime && docker run --pull never --rm --interactive --network none --log-driver none "$runtime" \
    node -e "let it; try { it = JSON.parse(require('fs').readFileSync(0, 'utf8')) } catch {}; $1" "${2:-}"
} 2>/dev/null

# dockerd's proxy is the one that a pull goes through: it is in its environment, or in daemon.json.
dockerd_proxy() {
  read -r pid 2>/dev/null </run/docker.pid && [ -r "/proc/$pid/environ" ] || return 0
  unset http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY all_proxy ALL_PROXY
  {
    tr '\0' '\n' <"/proc/$pid/environ" | grep -iE '^(https?|no)_proxy='
    if grep -qs '"https\{0,1\}-proxy"' /etc/docker/daemon.json; then
      # shellcheck disable=SC2016 # it is JavaScript
      json 'for (const [key, value] of Object.entries(it?.proxies ?? {})) console.log(`${key.replace("-", "_")}=${value}`)' </etc/docker/daemon.json
    fi
  } >"$work/proxy" || true
  while IFS='=' read -r name value; do
    case $name in
      [Hh][Tt][Tt][Pp]_*) export http_proxy="$value" ;;
      [Hh][Tt][Tt][Pp][Ss]_*) export https_proxy="$value" ;;
      [Nn][Oo]_*) export no_proxy="$value" ;;
    esac
  done <"$work/proxy"
}

# METHOD URL [CURL OPTION…]: one request. Sets $code (000: none) and $fault (curl's exit status); headers and body are in files.
request() {
  method=$1 url=$2
  shift 2
  left=$((budget - $(date +%s) + began))
  if [ "$left" -gt 15 ]; then left=15; elif [ "$left" -lt 1 ]; then left=1; fi
  case $authorization in
    bearer) set -- --header "@$work/authorization" "$@" ;;
    basic) set -- --config "$account" "$@" ;;
  esac
  if [ -n "$insecure" ]; then set -- --insecure "$@"; elif [ -s "$work/ca" ]; then set -- --cacert "$work/ca" --capath /etc/ssl/certs "$@"; fi
  for certificate in "$certificates"/*.cert; do
    if [ ! -f "$certificate" ]; then continue; fi
    # Behind a colon in its path curl looks for a password.
    cp "$certificate" "$work/cert"
    set -- --cert "$work/cert" --key "${certificate%.cert}.key" "$@"
  done
  if [ "$method" = HEAD ]; then set -- --head --output /dev/null "$@"; else set -- --output "$work/body" "$@"; fi
  : >"$work/headers"
  : >"$work/body"
  fault=0
  code=$(curl --disable --silent --show-error --globoff --proto '=http,https' --location --max-redirs 10 --connect-timeout 10 --max-time "$left" \
    --dump-header "$work/headers" --write-out '%{http_code}' "$@" "$url" 2>"$work/error") || fault=$?
}

# As `request`, and once more where that may help: not for long, and never against what the registry asks for.
ask() {
  request "$@"
  pause=1
  case $fault/$code in
    0/408 | 0/429 | 0/50[0234])
      pause=$(header retry-after)
      case $code/$pause in
        429/ | */*[!0-9]* | */??*) return 0 ;;
        */) pause=1 ;;
      esac
      if [ "$pause" -gt "$patience" ]; then return 0; fi
      ;;
    # A proxy that refuses does so again.
    16/* | 52/* | 55/* | 56/* | 92/*) if grep -q CONNECT "$work/error"; then return 0; fi ;;
    *) return 0 ;;
  esac
  sleep "$pause"
  request "$@"
}

# NAME: the values of a header of the last answer, one a line. Redirects and proxies have answers of their own before it.
header() {
  awk -v name="$1" '
    { sub(/\r$/, "") }
    /^HTTP\// { count = 0; next }
    { at = index($0, ":") }
    at && tolower(substr($0, 1, at - 1)) == name { value = substr($0, at + 1); gsub(/^[ \t]+|[ \t]+$/, "", value); found[++count] = value }
    END { for (i = 1; i <= count; i++) print found[i] }' "$work/headers"
}

# Whether this host's Docker takes the registry for an insecure one.
is_insecure() {
  name=$host
  case $host in \[*) name=${host%%]*}] ;; *:*) name=${host%:*} ;; esac
  case $name in localhost | 127.* | '[::1]') return 0 ;; esac
  docker info --format '{{range $name, $index := .RegistryConfig.IndexConfigs}}{{if not $index.Secure}}{{println $name}}{{end}}{{end}}{{range .RegistryConfig.InsecureRegistryCIDRs}}{{println .}}{{end}}' >"$work/insecure" 2>/dev/null || return 1
  if grep -qxF -e "$host" "$work/insecure"; then return 0; fi
  getent ahostsv4 "$name" | awk '
    function number(address, part) { split(address, part, "."); return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4] }
    resolved { if (!($1 in seen)) addresses[++count] = $1; seen[$1]; next }
    split($1, range, "/") == 2 && range[1] !~ /:/ { size = 2 ^ (32 - range[2]); for (i = 1; i <= count; i++) if (int(number(addresses[i]) / size) == int(number(range[1]) / size)) found = 1 }
    END { exit !found }' resolved=1 - resolved= "$work/insecure"
}

# METHOD PATH [CURL OPTION…]: the first request. Where TLS fails and Docker would go on without it, so does this.
first() {
  verb=$1 resource=$2
  shift 2
  ask "$verb" "$base$resource" "$@"
  case $fault in 7 | 35 | 51 | 52 | 56 | 60) ;; *) return 0 ;; esac
  is_insecure || return 0
  insecure=1
  case $fault in 51 | 60) ask "$verb" "$base$resource" "$@" ;; esac
  if [ "$fault" = 0 ]; then return 0; fi
  base=http://${base#https://}
  ask "$verb" "$base$resource" "$@"
}

# Docker asks the mirrors of Docker Hub before it. Asking dockerd for them takes its time: only where there may be some.
mirrors() {
  [ "$registry" = docker.io ] || return 0
  read -r pid 2>/dev/null </run/docker.pid || pid=self
  grep -qs -e registry-mirror -e config-file /etc/docker/daemon.json "/proc/$pid/cmdline" || return 0
  docker info --format '{{range .RegistryConfig.Mirrors}}{{println .}}{{end}}' 2>/dev/null || true
}

# COMMAND [ARGUMENT…]: does this, which prints something, at the first place where it works: at a mirror, or at the registry itself.
somewhere() {
  for mirror in $(mirrors); do
    told=$(
      mirror=${mirror%/}
      registry=${mirror#*://}
      registry=${registry%%/*}
      at "$registry" "$mirror"
      "$@" 2>/dev/null
    ) && printf '%s\n' "$told" && return
  done
  "$@"
}

dockerd_proxy
