import { expect, it } from 'vitest'
import { firewall } from '../../../tasks/doctor/firewall.ts'
import { known, lines, patient } from './patient.ts'

const off = 'hosts: { a: {} }\nvars: { firewall: { enabled: false } }\n'

it.each([
  ['inactive\ninactive\n', undefined, 'ok: none yet; setup turns ufw on'],
  ['inactive\ninactive\nENABLED=no\n', undefined, 'ok: none yet; setup turns ufw on'],
  ['inactive\ninactive\nENABLED=yes\n', undefined, 'ok: ufw'],
  // Without a running systemd there is no answer.
  ['ENABLED=yes\n', undefined, 'ok: ufw'],
  ['active\ninactive\n', undefined, 'error: firewalld makes the rules of this host, and ufw would get in its way'],
  ['active\ninactive\nENABLED=yes\n', undefined, 'warning: ufw and firewalld both make the rules of this host'],
  [
    'inactive\nactive\nENABLED=yes\n',
    undefined,
    'warning: nftables.service makes rules of its own beside ufw and Docker',
  ],
  ['active\ninactive\n', off, 'ok: left alone, as the inventory says: firewalld'],
  ['inactive\ninactive\n', off, 'ok: left alone, as the inventory says: none is in use'],
])('%j', (shown, inventory, line) =>
  expect(lines(firewall.find(shown, { ...patient(inventory), ...known }))[0]?.replace(/ \|.*/, '')).toBe(line),
)

it('refuses a Docker whose rules ask none of ufw’s, but where the firewall is left alone', () => {
  const about = { ...known, daemon: { ...known.daemon, firewall: 'nftables' } }
  expect(lines(firewall.find('inactive\ninactive\n', { ...patient(), ...about }))).toEqual([
    'error: Docker makes its rules with nftables here (firewall-backend), and asks none of ufw’s for published ports | Take "firewall-backend" out of /etc/docker/daemon.json, restart Docker, and run this again. Or leave the firewall to yourself: vars: { firewall: { enabled: false } }',
  ])
  expect(lines(firewall.find('', { ...patient(off), ...about }))[0]).toMatch(/^ok: left alone/)
  expect(
    lines(firewall.find('', { ...patient(), ...known, daemon: { ...known.daemon, firewall: 'iptables' } })),
  ).toEqual(['ok: none yet; setup turns ufw on'])
})
