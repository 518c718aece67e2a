import type { Task } from '../../runner/index.ts'
import { absent } from './absent.ts'
import { packages } from './packages.ts'
import { rootFile } from './root-file.ts'

const path = '/etc/apt/apt.conf.d/52cutover-unattended-upgrades'

/**
 * The distribution installs its security updates by itself, each day. A file of ours, which apt reads after those of the
 * package, says so.
 * @param wanted false: the file is gone, and what the distribution has by itself holds
 * @param reboot the time of day, 04:10, at which a host reboots whose packages ask for it; undefined: it never does by itself
 */
export function unattendedUpgrades(wanted: boolean, reboot?: string): Task[] {
  if (!wanted) return [absent(path)]
  const lines = [
    '// Written by Cutover.',
    'APT::Periodic::Update-Package-Lists "1";',
    'APT::Periodic::Unattended-Upgrade "1";',
    `Unattended-Upgrade::Automatic-Reboot "${reboot !== undefined}";`,
    ...(reboot === undefined ? [] : [`Unattended-Upgrade::Automatic-Reboot-Time "${reboot}";`]),
  ]
  return [packages({ present: ['unattended-upgrades'] }), rootFile(path, `${lines.join('\n')}\n`)]
}
