#!/bin/sh
# PID 1 of a lab host: makes the container look like a machine to systemd, then becomes systemd.
set -u
mount -o remount,rw /sys 2>/dev/null
# One pure cgroup2 tree, whatever the machine below has: systemd 257 and Docker both want it.
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
mkdir -p /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf 2>/dev/null
# Docker bind-mounts these three: as plain files `sed -i` and hostnamectl work on them.
for file in /etc/hostname /etc/hosts /etc/resolv.conf; do
  content=$(cat "$file")
  umount "$file" 2>/dev/null && printf '%s\n' "$content" >"$file"
done
# A sysctl of this host (ufw's too) must not reach the machine below: only the network's are its own.
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys 2>/dev/null
mount -o remount,bind,rw /proc/sys/net 2>/dev/null
mount --make-rshared /
exec /sbin/init
