# shellcheck shell=sh disable=SC2154,SC2034
# A registry's challenge, and the account or token that answers it: part of registry.sh.

# SCHEME: the realm and the service, a line each, of the first challenge of that scheme. Challenges come in several headers or
# in one, in any case, and what is quoted may hold commas.
challenge() {
  header www-authenticate | awk -v wanted="$1" '
    {
      rest = $0
      scheme = ""
      while (rest != "") {
        if (match(rest, /^[^ \t,="]+[ \t]*=[ \t]*("([^"\\]|\\.)*"|[^ \t,"]+)/)) {
          pair = substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1)
          at = index(pair, "="); key = tolower(substr(pair, 1, at - 1)); value = substr(pair, at + 1)
          gsub(/[ \t]/, "", key); sub(/^[ \t]+/, "", value)
          if (value ~ /^"/) { value = substr(value, 2, length(value) - 2); plain = ""
            while ((at = index(value, "\\")) > 0) { plain = plain substr(value, 1, at - 1) substr(value, at + 1, 1); value = substr(value, at + 2) }
            value = plain value }
          if (scheme == wanted && !done) got[key] = value
        } else if (match(rest, /^[^ \t,="]+/)) {
          if (scheme == wanted) done = 1
          scheme = tolower(substr(rest, 1, RLENGTH)); rest = substr(rest, RLENGTH + 1)
          if (scheme == wanted) seen = 1
        } else rest = substr(rest, 2)
      }
      if (scheme == wanted) done = 1
    }
    END { if (!seen) exit 1; print got["realm"]; print got["service"] }'
}

# The account that setup left, as a curl configuration, or the one of a `docker login` on this host. Status 1: none.
find_account() {
  account=/opt/cutover/registries/$registry
  [ ! -f "$account" ] || return 0
  account=$work/account
  login=$registry
  if [ "$registry" = docker.io ]; then login=https://index.docker.io/v1/; fi
  grep -qsF -e "\"$login\"" /root/.docker/config.json || return 1
  # shellcheck disable=SC2016 # it is JavaScript
  json 'const { auth } = it?.auths?.[process.argv[1]] ?? {}; if (auth) console.log(`user = ${JSON.stringify(Buffer.from(auth, "base64").toString())}`)' "$login" </root/.docker/config.json >"$account" || return 1
  [ -s "$account" ]
}

# The token in the last body. A flat object whose texts hold no escapes is read here, once it is seen to be all that; any other JSON
# by the program's runtime.
token() {
  text='"[^"\\]*"'
  member="$text *: *($text|-?[0-9][0-9.eE+-]*|true|false|null)"
  if tr -d '\r\n' <"$work/body" | grep -Eqx " *\{ *$member *(, *$member *)*\} *"; then
    tr -d '\r\n' <"$work/body" | awk -F '"' '
      { for (i = 2; i < NF; i += 2) if ($(i + 1) ~ /^ *: *$/) { value[$i] = $(i + 2); i += 2 } }
      END { print value["access_token"] != "" ? value["access_token"] : value["token"] }'
  else
    json 'const token = [it?.access_token, it?.token].find((each) => typeof each === "string" && each); if (token && !/[\0-\x1f\x7f]/.test(token)) console.log(token)' <"$work/body"
  fi
}

# Answers the registry's challenge: the last answer's, or the one that it has at its root. Status 1: there is none to be answered.
authorize() {
  if [ "$code" != 401 ] || [ -z "$(header www-authenticate)" ]; then
    ask GET "$base/v2/"
    case $fault/$code in
      0/2??) return 1 ;;
      0/401) ;;
      0/404) trouble 5 "$host does not answer as a registry does" 'Is that the address of a registry? It has nothing at /v2/.' ;;
      *) failed "$base" ;;
    esac
  fi
  wanted=$(challenge bearer) || wanted=
  account=
  find_account || account=
  if [ -n "$wanted" ]; then
    realm=$(printf '%s\n' "$wanted" | sed -n 1p)
    service=$(printf '%s\n' "$wanted" | sed -n 2p)
    case $realm in http://?* | https://?*) ;; *) trouble 5 "$registry names no address that gives tokens ('$realm')" 'What is at that address is no registry, or it is set up wrong.' ;; esac
    set -- --get --data-urlencode "scope=repository:$repository:pull"
    if [ -n "$service" ]; then set -- --get --data-urlencode "service=$service" "$@"; fi
    if [ -n "$account" ]; then authorization=basic; fi
    ask GET "$realm" "$@"
    authorization=none
    case $fault/$code in 0/2??) ;; *) failed "$realm" ;; esac
    token=$(token) || token='?'
    : >"$work/body"
    if [ "$token" = '?' ]; then trouble 9 "$registry gave a token that only the program's runtime can read, and that did not run" "Run setup again: it brings the runtime's image."; fi
    if [ -z "$token" ]; then trouble 5 "the answer of $realm has no token in it" 'Is that the token service of the registry? Ask whoever runs it.'; fi
    printf 'Authorization: Bearer %s\n' "$token" >"$work/authorization"
    authorization=bearer
  elif challenge basic >/dev/null && [ -n "$account" ]; then
    authorization=basic
  else
    return 1
  fi
}
