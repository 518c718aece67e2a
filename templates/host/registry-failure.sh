# shellcheck shell=sh disable=SC2154
# What is said when a registry gives nothing: part of registry.sh.

trouble() { # STATUS WHAT MEND
  if [ -z "$heard" ]; then heard=$(grep '^curl: (' "$work/error" 2>/dev/null | tail -n 1); fi
  if [ -z "$heard" ]; then heard=$(head -c 300 "$work/body" 2>/dev/null | tr '\000-\037' ' ' | sed -n '/^ *{/p'); fi
  printf '%s\n' "$2" "$3" ${heard:+"$heard"} >&2
  exit "$1"
}

# URL: why the last request, which went there, gave nothing. Ends the script.
failed() {
  place=${1#*://}
  place=${place%%[/?]*}
  case $fault in
    0) refused ;;
    5) trouble 5 "the name of the proxy that is to lead to $place does not resolve" "Is dockerd's proxy written right? systemctl show --property Environment docker" ;;
    6) trouble 5 "the name $place does not resolve" "Is it written right? See what the host's DNS says: getent hosts ${place%:*}" ;;
    7) trouble 5 "nothing answers at $place" 'Is the registry up, and may the host reach that port (firewall, proxy)?' ;;
    28) trouble 5 "$place does not answer in time" 'Is it up, and can the host reach it (firewall, proxy)?' ;;
    23 | 26) trouble 9 "this host can't write to ${TMPDIR:-/run}" 'Is its memory full? Make room there: df -h /run' ;;
    47) trouble 5 "$place redirects in a circle" 'The registry, or the proxy before it, is set up wrong: ask whoever runs it.' ;;
    58 | 77) trouble 8 "a certificate under $certificates can't be read" "Name the right file in the inventory (registries: { $host: { ca: FILE } }), and run setup again." ;;
  esac
  case $fault/$(cat "$work/error") in
    *'from proxy after CONNECT'* | *'CONNECT tunnel failed'*) trouble 5 "the proxy that is to lead to $place does not let it through" "May this host's dockerd use it, and with which account? systemctl show --property Environment docker" ;;
    35/*'wrong version number'* | 35/*'packet length too long'* | 35/*'record layer failure'*) trouble 8 "$place speaks plain HTTP, and no TLS" "Give it a certificate; or trust it as it is: name it under insecure-registries in /etc/docker/daemon.json, and: systemctl reload docker" ;;
    *'alert certificate required'* | *'alert bad certificate'* | 35/*'alert handshake failure'*) trouble 8 "$place wants a certificate of this host" "Put it there as Docker wants it: $certificates/client.cert and client.key" ;;
    *'certificate has expired'* | *'not yet valid'*) trouble 8 "the certificate of $place is not valid at this time" "The host's clock says $(date -u '+%F %H:%M') UTC: is that right (timedatectl)? If it is, the registry needs a new certificate." ;;
    51/* | *'subject name'* | *'host name'* | *'hostname mismatch'*) trouble 8 "the certificate of $place is for another name" 'Name the registry as its certificate does, or give it a certificate for this name.' ;;
    60/*) trouble 8 "the certificate of $place is not from a CA that the host trusts" "Name its CA in the inventory (registries: { $host: { ca: FILE } }), and run setup again." ;;
  esac
  trouble 5 "the connection to $place broke" 'Is it a registry, is it up, and can the host reach it (firewall, proxy)?'
}

# What an answer that is none means.
refused() {
  case $code in
    401) if [ -n "$account" ]; then
      trouble 6 "$place refused the account that the host has for $registry" "Is its password or token right, still valid, and may it pull? Mend it under 'registries' in the inventory, and run setup again."
    else
      trouble 6 "$place refused: it wants an account" "Give it in the inventory (registries: { $registry: { username: …, password: … } }), and run setup again. Some say so of an image that is not there, too."
    fi ;;
    403) trouble 6 "$place does not allow this host to pull $repository" "May the account under 'registries' in the inventory pull it? Is the name right? Some refuse a name that is not there." ;;
    404) trouble 5 "$place answered 404 where a registry gives tokens" 'Is that the address of a registry? Ask whoever runs it.' ;;
    407) trouble 5 "the proxy that leads to $place wants an account" 'Give it to dockerd in the address of its proxy: http://USER:PASSWORD@PROXY:PORT' ;;
    429) trouble 7 "$place was asked too often: its limit of pulls is reached$(again)" "Wait, or give an account with a higher limit under 'registries' in the inventory, and run setup again." ;;
    503) trouble 7 "$place is busy, or being worked on$(again)" 'Wait, and try again. The running release is untouched.' ;;
    *) trouble 5 "$place answered $code" 'Is that the address of a registry, and is it well? The running release is untouched.' ;;
  esac
}

again() {
  after=$(header retry-after)
  case $after in
    '') ;;
    *[!0-9]*) printf ', it says until %s' "$after" ;;
    *) printf ', it says for %s s' "$after" ;;
  esac
}
