import { firewalldInTheWay } from '../system/index.ts'
import { type Check, ok, type Report } from './check.ts'
import { refusal } from './refusal.ts'

/** The program that makes the rules of the host. */
export const firewall: Check = {
  name: 'firewall',
  script: () => `systemctl is-active firewalld nftables 2>/dev/null
grep -s '^ENABLED=' /etc/ufw/ufw.conf`,
  find: (shown, { settings, daemon }) => {
    const [firewalld = false, nftables = false] = shown.split('\n').map((line) => line === 'active')
    const ufw = /^ENABLED=["']?yes/im.test(shown)
    if (!settings.firewall.enabled)
      return ok(`left alone, as the inventory says: ${inUse({ firewalld, nftables, ufw })}`)
    if (firewalld && !ufw) return [refusal(firewalldInTheWay())]
    if (firewalld)
      return [
        {
          severity: 'warning',
          text: 'ufw and firewalld both make the rules of this host',
          hint: 'They undo each other’s. End one of them: systemctl disable --now firewalld',
        },
      ]
    if (daemon.firewall === 'nftables') return [dockersNftables]
    if (nftables)
      return [
        {
          severity: 'warning',
          text: 'nftables.service makes rules of its own beside ufw and Docker',
          hint: 'As a rule its file begins with `flush ruleset`: at each reload the rules of ufw and Docker are gone. Move its rules to the inventory (firewall.allow), and: systemctl disable nftables. Or leave the firewall to it: vars: { firewall: { enabled: false } }',
        },
      ]
    return ufw ? ok('ufw') : [{ severity: 'ok', text: 'none yet; setup turns ufw on' }]
  },
}

/** Docker 29 can do so. Its tables then ask no chain of iptables, which is where ufw's rules are. */
const dockersNftables: Report = {
  severity: 'error',
  text: 'Docker makes its rules with nftables here (firewall-backend), and asks none of ufw’s for published ports',
  hint: 'Take "firewall-backend" out of /etc/docker/daemon.json, restart Docker, and run this again. Or leave the firewall to yourself: vars: { firewall: { enabled: false } }',
}

const inUse = (programs: Record<string, boolean>): string =>
  Object.keys(programs)
    .filter((name) => programs[name])
    .join(', ') || 'none is in use'
