import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { packagesFact, parsePackages } from '../../../../tasks/system/facts/packages.ts'

it.each([
  [
    'Debian 12',
    'amd64\ninstalled\tadduser\tall\t3.134\ninstalled\tapt\tamd64\t2.6.1\ninstalled\tg++\tamd64\t4:12.2.0-3\n',
    { adduser: '3.134', apt: '2.6.1', 'g++': '4:12.2.0-3' },
  ],
  [
    'Debian 13',
    'amd64\ninstalled\tadduser\tall\t3.152\ninstalled\tbase-files\tamd64\t13.8+deb13u8\ninstalled\tbsdutils\tamd64\t1:2.41.5-0+deb13u1\n',
    { adduser: '3.152', 'base-files': '13.8+deb13u8', bsdutils: '1:2.41.5-0+deb13u1' },
  ],
  [
    'a host with two architectures',
    'arm64\ninstalled\tlibc6\tarm64\t2.41-12\ninstalled\tlibc6\tarmhf\t2.41-12\n',
    { libc6: '2.41-12', 'libc6:armhf': '2.41-12' },
  ],
  ['packages that were removed', 'amd64\nconfig-files\tnginx\tamd64\t1.26\nnot-installed\tvim\tamd64\t\n', {}],
  ['nothing', '', {}],
])('the packages of %s', (_, stdout, expected) => {
  expect(Object.fromEntries(parsePackages(stdout))).toEqual(expected)
})

it('are read by one command', async () => {
  const host = new ScriptedHost(() => 'amd64\ninstalled\tapt\tamd64\t3.0.3\n')
  expect((await host.host.fact(packagesFact)).get('apt')).toBe('3.0.3')
  expect(host.commands).toEqual([
    "sh -euc 'dpkg --print-architecture; dpkg-query -W -f '\\''${db:Status-Status}\\t${Package}\\t${Architecture}\\t${Version}\\n'\\'''",
  ])
})
