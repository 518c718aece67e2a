#!/bin/sh
# Prints the tags that a registry has for an image: tags.sh IMAGE
# A line is a page of its list, JSON as it came. Exit status as registry.sh has it.
set -eu
image=$1
# shellcheck source=registry.sh
. "$(dirname "$0")/registry.sh"
budget=10
pages=10

print() {
  tr '\r\n' '  ' <"$work/body"
  echo
}

names
path=/v2/$repository/tags/list
first GET "$path?n=1000"
case $fault/$code in
  0/401 | 0/403 | 0/404)
    answer=$code
    if authorize; then
      ask GET "$base$path?n=1000"
    else
      code=$answer
      failed "$base"
    fi
    ;;
esac
# Some refuse a page of that size.
case $fault/$code in 0/400 | 0/405 | 0/413 | 0/422) ask GET "$base$path" ;; esac
while :; do
  case $fault/$code in 0/2??) print ;; *) failed "$base" ;; esac
  pages=$((pages - 1))
  if [ "$pages" -eq 0 ]; then exit; fi
  next=$(header link | sed -n 's/^<\([^>]*\)>.*rel="\{0,1\}next"\{0,1\}.*/\1/Ip' | head -n 1)
  # The account goes to no other place than this.
  case $next in
    "$base"/*) ;;
    /[!/]*) next=$base$next ;;
    *) exit ;;
  esac
  ask GET "$next"
done
