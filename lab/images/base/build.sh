#!/bin/sh
# Writes a small Debian root file system as a tar: build.sh OUTPUT.tar [MIRROR]
set -eu
out=$1
shift
mmdebstrap --mode=root --variant=essential --include=apt,ca-certificates \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  trixie "$out" "$@"
