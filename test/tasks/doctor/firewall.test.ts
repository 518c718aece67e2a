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
