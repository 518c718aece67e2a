import type { Task } from '../../../runner/index.ts'
import { file, packages } from '../../../tasks/authors.ts'

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
    packages({ present: ['unattended-upgrades', 'apt-listchanges'] }),
    file('/etc/apt/apt.conf.d/20auto-upgrades', periodic, { validate }),
    file('/etc/apt/apt.conf.d/52unattended-upgrades-local', upgrades, { validate }),
  ]
}
