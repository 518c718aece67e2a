# Makes Docker's own packages of Debian's, below /srv/linux/debian/dists/CODENAME/pool/stable/ARCHITECTURE.

# unpack FOLDER PACKAGE: the files of a package of Debian, in /tmp/of.
unpack() {
  dpkg-deb -x "$1"/"$2"_*.deb /tmp/of
}

# package NAME VERSION DESCRIPTION <further fields: the files in /tmp/NAME become a package.
package() {
  mkdir -p "/tmp/$1/DEBIAN"
  {
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: lab <lab@localhost>\n' "$1" "$2" "$architecture"
    grep .
    printf 'Description: %s\n' "$3"
  } >"/tmp/$1/DEBIAN/control"
  for script in postinst prerm; do
    [ ! -e "/tmp/$1/DEBIAN/$script" ] || chmod 755 "/tmp/$1/DEBIAN/$script"
  done
  pool=/srv/linux/debian/dists/$codename/pool/stable/$architecture
  mkdir -p "$pool"
  dpkg-deb --root-owner-group -Zgzip -z1 -b "/tmp/$1" "$pool/$1_${2#*:}_$architecture.deb"
  rm -r "/tmp/$1"
}

# starts NAME UNIT …: what a package does with its units.
starts() {
  name=$1
  shift
  cat >"/tmp/$name/DEBIAN/postinst" <<SCRIPT
#!/bin/sh
set -e
getent group docker >/dev/null || groupadd --system docker
systemctl enable $* >/dev/null 2>&1 || true
if [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl restart $* || true; fi
SCRIPT
  cat >"/tmp/$name/DEBIAN/prerm" <<SCRIPT
#!/bin/sh
set -e
if [ "\$1" = remove ] && [ -d /run/systemd/system ]; then systemctl stop $* || true; fi
SCRIPT
}

# engine VERSION: docker-ce and docker-ce-cli, of the programs in /tmp/of.
engine() {
  mkdir -p /tmp/docker-ce/DEBIAN /tmp/docker-ce/usr/bin /tmp/docker-ce/usr/lib/systemd/system
  cp /tmp/of/usr/sbin/dockerd /tmp/of/usr/sbin/docker-proxy /tmp/docker-ce/usr/bin
  cp /tmp/of/usr/bin/tini-static /tmp/docker-ce/usr/bin/docker-init
  units=/tmp/of/usr/lib/systemd/system
  [ -d "$units" ] || units=/tmp/of/lib/systemd/system
  cp "$units/docker.socket" /tmp/docker-ce/usr/lib/systemd/system
  sed -e 's,/usr/sbin/dockerd,/usr/bin/dockerd,' -e '/^EnvironmentFile=/d' -e 's/ \$DOCKER_OPTS//' \
    -e '/^ExecStart=/{/--containerd/!s,$, --containerd=/run/containerd/containerd.sock,}' \
    "$units/docker.service" >/tmp/docker-ce/usr/lib/systemd/system/docker.service
  starts docker-ce docker.socket docker.service
  package docker-ce "$1" 'Docker: the open-source application container engine' <<FIELDS
Depends: containerd.io, docker-ce-cli, iptables, nftables, libc6, libsystemd0$2
Conflicts: docker (<< 1.5~), docker-engine, docker.io
Replaces: docker-engine
FIELDS
  mkdir -p /tmp/docker-ce-cli/usr/bin
  cp /tmp/of/usr/bin/docker /tmp/docker-ce-cli/usr/bin
  package docker-ce-cli "$1" 'Docker CLI: the open-source application container engine' <<FIELDS
Depends: libc6
Recommends: docker-buildx-plugin, docker-compose-plugin
Conflicts: docker (<< 1.5~), docker-engine, docker.io
FIELDS
}

# suite CODENAME RELEASE ARCHITECTURE: the packages of one suite for one architecture.
suite() {
  codename=$1
  architecture=$3
  of=/debian/$architecture
  end="1~debian.$2~$codename"
  rm -rf /tmp/of
  for name in docker.io docker-cli docker-compose docker-buildx containerd runc tini; do unpack "$of" "$name"; done
  # trixie's runc needs a newer libc than bookworm has; all else runs there.
  [ "$codename" != bookworm ] || unpack /debian/bookworm runc
  engine "5:$(dpkg-deb -f "$of"/docker.io_*.deb Version | sed 's/[+-].*//')-$end" ''
  mkdir -p /tmp/containerd.io/DEBIAN /tmp/containerd.io/usr/bin /tmp/containerd.io/etc/containerd /tmp/containerd.io/usr/lib/systemd/system
  cp /tmp/of/usr/bin/containerd /tmp/of/usr/bin/containerd-shim-runc-v2 /tmp/of/usr/bin/ctr /tmp/containerd.io/usr/bin
  cp /tmp/of/usr/sbin/runc /tmp/containerd.io/usr/bin
  echo 'disabled_plugins = ["cri"]' >/tmp/containerd.io/etc/containerd/config.toml
  echo /etc/containerd/config.toml >/tmp/containerd.io/DEBIAN/conffiles
  cp /tmp/of/usr/lib/systemd/system/containerd.service /tmp/containerd.io/usr/lib/systemd/system
  starts containerd.io containerd.service
  package containerd.io "$(dpkg-deb -f "$of"/containerd_*.deb Version | sed 's/[~+-].*//')-$end" 'An open and reliable container runtime' <<FIELDS
Depends: libc6, libseccomp2
Provides: containerd, runc
Conflicts: containerd, runc
Replaces: containerd, runc
FIELDS
  for plugin in buildx compose; do
    mkdir -p "/tmp/docker-$plugin-plugin/usr/libexec/docker/cli-plugins"
    cp "/tmp/of/usr/libexec/docker/cli-plugins/docker-$plugin" "/tmp/docker-$plugin-plugin/usr/libexec/docker/cli-plugins"
    package "docker-$plugin-plugin" "$(dpkg-deb -f "$of"/docker-$plugin"_"*.deb Version | sed 's/[+-].*//')-$end" "Docker $plugin cli plugin" <<FIELDS
Depends: libc6
Enhances: docker-ce-cli
$([ "$plugin" != compose ] || printf 'Conflicts: docker-compose\nReplaces: docker-compose\nBreaks: docker-compose')
FIELDS
  done
}

suite trixie 13 amd64
suite trixie 13 arm64
suite bookworm 12 amd64
# An older version, for those who name one.
cp /tmp/of/usr/bin/tini-static /tmp/tini-static
rm -rf /tmp/of
unpack /debian/bookworm docker.io
cp /tmp/tini-static /tmp/of/usr/bin
engine "5:$(dpkg-deb -f /debian/bookworm/docker.io_*.deb Version | sed 's/[+-].*//')-1~debian.12~bookworm" ', libdevmapper1.02.1'
