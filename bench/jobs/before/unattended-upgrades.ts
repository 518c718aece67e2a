import type { Task } from '../../../runner/index.ts'
import { apt } from '../old-tasks.ts'
import { validatedFile } from './library/validated-file.ts'

const periodic = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
`
const upgrades = `Unattended-Upgrade::Origins-Pattern { "origin=Debian,codename=\${distro_codename}-security"; };
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "04:30";
`

/** Security updates are installed by themselves. apt must be able to read what is written. */
export function job(): Task[] {
  const validate = ['apt-config', '-c', '%s', 'dump']
  return [
    apt(['unattended-upgrades', 'apt-listchanges']),
    validatedFile('/etc/apt/apt.conf.d/20auto-upgrades', periodic, { validate }),
    validatedFile('/etc/apt/apt.conf.d/52unattended-upgrades-local', upgrades, { validate }),
  ]
}
