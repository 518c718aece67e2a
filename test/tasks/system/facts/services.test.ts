import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { parseServices, servicesFact } from '../../../../tasks/system/facts/services.ts'

/** What Debian 13 (systemd 257) prints. */
const units13 =
  '[{"unit":"auditd.service","load":"not-found","active":"inactive","sub":"dead","description":"auditd.service"},{"unit":"dbus.service","load":"loaded","active":"active","sub":"running","description":"D-Bus System Message Bus"},{"unit":"ldconfig.service","load":"loaded","active":"active","sub":"exited","description":"Rebuild Dynamic Linker Cache"},{"unit":"ssh.service","load":"loaded","active":"active","sub":"running","description":"OpenBSD Secure Shell server"},{"unit":"sshd@sshd-keygen.service","load":"loaded","active":"inactive","sub":"dead","description":"OpenBSD Secure Shell server per-connection daemon"},{"unit":"sshd-unix-local.socket","load":"loaded","active":"active","sub":"listening","description":"OpenSSH Server Socket (systemd-ssh-generator, AF_UNIX Local)"},{"unit":"apt-daily.timer","load":"masked","active":"inactive","sub":"dead","description":"apt-daily.timer"},{"unit":"dpkg-db-backup.timer","load":"loaded","active":"active","sub":"waiting","description":"Daily dpkg database backup timer"}]'
const files13 =
  '[{"unit_file":"autovt@.service","state":"alias","preset":null},{"unit_file":"console-getty.service","state":"masked","preset":"disabled"},{"unit_file":"dbus.service","state":"static","preset":null},{"unit_file":"ldconfig.service","state":"static","preset":null},{"unit_file":"ssh.service","state":"enabled","preset":"enabled"},{"unit_file":"sshd@.service","state":"indirect","preset":"enabled"},{"unit_file":"ssh.socket","state":"disabled","preset":"enabled"},{"unit_file":"sshd-unix-local.socket","state":"generated","preset":null},{"unit_file":"apt-daily.timer","state":"masked","preset":"enabled"},{"unit_file":"dpkg-db-backup.timer","state":"enabled","preset":"enabled"}]'
/** What Debian 12 (systemd 252) prints. */
const files12 =
  '[{"unit_file":"autovt@.service","state":"alias","preset":null},{"unit_file":"console-getty.service","state":"disabled","preset":"disabled"},{"unit_file":"cryptdisks.service","state":"masked","preset":"enabled"},{"unit_file":"dbus.service","state":"static","preset":null},{"unit_file":"apt-daily.timer","state":"enabled","preset":"enabled"}]'
const dead = { active: 'inactive', sub: 'dead' }

it('the units of Debian 13', () => {
  expect(Object.fromEntries(parseServices(`${units13}\n${files13}\n`))).toEqual({
    'console-getty.service': { ...dead, enabled: 'masked' },
    'ssh.socket': { ...dead, enabled: 'disabled' },
    'dbus.service': { active: 'active', sub: 'running', enabled: 'static', description: 'D-Bus System Message Bus' },
    'ldconfig.service': {
      active: 'active',
      sub: 'exited',
      enabled: 'static',
      description: 'Rebuild Dynamic Linker Cache',
    },
    'ssh.service': { active: 'active', sub: 'running', enabled: 'enabled', description: 'OpenBSD Secure Shell server' },
    'sshd@sshd-keygen.service': {
      ...dead,
      enabled: 'indirect',
      description: 'OpenBSD Secure Shell server per-connection daemon',
    },
    'sshd-unix-local.socket': {
      active: 'active',
      sub: 'listening',
      enabled: 'generated',
      description: 'OpenSSH Server Socket (systemd-ssh-generator, AF_UNIX Local)',
    },
    'apt-daily.timer': { ...dead, enabled: 'masked', description: 'apt-daily.timer' },
    'dpkg-db-backup.timer': {
      active: 'active',
      sub: 'waiting',
      enabled: 'enabled',
      description: 'Daily dpkg database backup timer',
    },
  })
})

it('the unit files of Debian 12', () => {
  expect(Object.fromEntries(parseServices(`[]\n${files12}`))).toEqual({
    'console-getty.service': { ...dead, enabled: 'disabled' },
    'cryptdisks.service': { ...dead, enabled: 'masked' },
    'dbus.service': { ...dead, enabled: 'static' },
    'apt-daily.timer': { ...dead, enabled: 'enabled' },
  })
})

it('a unit without a file has no state of a file', () => {
  const unit = { unit: 'run-1.service', load: 'loaded', active: 'failed', sub: 'failed', description: 'a' }
  expect(Object.fromEntries(parseServices(`${JSON.stringify([unit])}\n[]\n`))).toEqual({
    'run-1.service': { active: 'failed', sub: 'failed', description: 'a' },
  })
})

it('are read by one command, which fails where there is no systemd', async () => {
  const host = new ScriptedHost(() => `[]\n${files12}\n`)
  expect((await host.host.fact(servicesFact)).size).toBe(4)
  expect(host.commands).toMatchInlineSnapshot(`
    [
      "sh -euc 'units=$(systemctl list-units --all --type=service,socket,timer --output=json --no-pager)
    files=$(systemctl list-unit-files --type=service,socket,timer --output=json --no-pager)
    printf '\\''%s\\n'\\'' "$units" "$files"'",
    ]
  `)
  const without = new ScriptedHost(() => ({ code: 1, stderr: 'System has not been booted with systemd' }))
  await expect(without.host.fact(servicesFact)).rejects.toThrow('ended with 1')
})
