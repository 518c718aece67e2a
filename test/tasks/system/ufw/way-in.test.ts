import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { parseWay, wayIn } from '../../../../tasks/system/ufw/way-in.ts'

describe('how this session came in', () => {
  it.each([
    [
      'way 10.213.1.1 10.213.1.11 22\nroute 10.213.1.1 dev eth0 src 10.213.1.11 uid 0\naddress 9: eth0    inet 10.213.1.11/24 scope global eth0\n',
      { from: '10.213.1.1', to: '10.213.1.11', port: 22, interfaceName: 'eth0' },
    ],
    [
      'way ::ffff:10.0.0.5 ::ffff:10.0.0.1 2222\nroute 10.0.0.5 dev eth0 src\naddress 3: eth1    inet 10.0.0.1/24\n',
      { from: '10.0.0.5', to: '10.0.0.1', port: 2222, interfaceName: undefined },
    ],
    ['way fe80::1%eth0 fe80::2%eth0 22\n', { from: 'fe80::1', to: 'fe80::2', port: 22, interfaceName: undefined }],
    ['', undefined],
  ])('%j', (stdout, expected) => {
    expect(parseWay(stdout)).toEqual(expected)
  })
})

it('is read from the process of sshd; without one it is the port that a login uses', async () => {
  const remote = new ScriptedHost(() => ({ stdout: 'way 10.0.0.5 10.0.0.1 2222\n', code: 1 }))
  expect(await wayIn(remote.host)).toEqual({ from: '10.0.0.5', to: '10.0.0.1', port: 2222, interfaceName: undefined })
  expect(await wayIn(new ScriptedHost(() => '').host)).toEqual({ port: 22 })
  expect(remote.commands).toMatchInlineSnapshot(`
    [
      "pid=$$ all=
        while [ "$pid" -gt 1 ]; do
          all="$all /proc/$pid/environ"
          read -r line <"/proc/$pid/stat" || break
          set -- \${line##*) }
          pid=$2
        done
        grep -zhs '^SSH_CONNECTION=' $all | tr '\\0' '\\n' | sed 's/^SSH_CONNECTION=//' | head -n 1 | {
          read -r from sport to port || exit 0
          echo "way $from $to $port"
          ip -o route get "\${from#::ffff:}" from "\${to#::ffff:}" 2>/dev/null | sed 's/^/route /'
          ip -o address show to "\${to#::ffff:}" 2>/dev/null | sed 's/^/address /'
        }",
    ]
  `)
})

it.each([
  ['a way that is cut off', 'way 10.0.0.5 10.0.0.1\n', undefined],
  [
    'an interface with a parent',
    'way 10.0.0.5 10.0.0.1 22\nroute 10.0.0.5 via 10.0.0.9 dev eth0 src\naddress 33: eth0@if34 inet 10.0.0.1/24\n',
    'eth0',
  ],
  ['no address of the interface', 'way 10.0.0.5 10.0.0.1 22\nroute 10.0.0.5 dev eth0 src\n', undefined],
  ['no route', 'way 10.0.0.5 10.0.0.1 22\naddress 3: eth0 inet 10.0.0.1/24\n', undefined],
])('%s', (_, stdout, interfaceName) => {
  expect(parseWay(stdout)?.interfaceName).toBe(interfaceName)
})

it('an address of IPv6 that only begins like one of IPv4 stays as it is', () => {
  expect(parseWay('way ::ffff:a:b ::FFFF:10.0.0.1%eth0 22\n')).toMatchObject({ from: '::ffff:a:b', to: '10.0.0.1' })
})
