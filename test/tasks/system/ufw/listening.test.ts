import { expect, it } from 'vitest'
import { closedNote, isDockers, notLetIn, parseListeners } from '../../../../tasks/system/ufw/listening.ts'
import { letInBy, parseLists } from '../../../../tasks/system/ufw/wanted-list.ts'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'

const printed = `udp   UNCONN 0      0         127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=13))
udp   UNCONN 0      0               0.0.0.0:68        0.0.0.0:*    users:(("dhclient",pid=2,fd=9))
udp   UNCONN 0      0               0.0.0.0:5353      0.0.0.0:*    users:(("avahi-daemon",pid=3,fd=12))
udp   UNCONN 0      0               0.0.0.0:51820     0.0.0.0:*
tcp   LISTEN 0      128             0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=4,fd=3))
tcp   LISTEN 0      100           127.0.0.1:25        0.0.0.0:*    users:(("master",pid=5,fd=13))
tcp   LISTEN 0      100                   *:587             *:*    users:(("master",pid=5,fd=14))
tcp   LISTEN 0      4096            0.0.0.0:8443      0.0.0.0:*    users:(("docker-proxy",pid=6,fd=4))
tcp   LISTEN 0      4096               [::]:8443         [::]:*    users:(("docker-proxy",pid=7,fd=4))
tcp   LISTEN 0      4096              [::1]:631          [::]:*    users:(("cupsd",pid=8,fd=4))
tcp   LISTEN 0      4096      192.168.1.7%eth0:9100      0.0.0.0:*    users:(("node_exporter",pid=9,fd=3))
tcp   LISTEN 0      4096            0.0.0.0:6001      0.0.0.0:*    users:(("x",pid=9,fd=3))
`

it('what others reach on a host is read from what ss prints', () => {
  const all = parseListeners(printed)
  expect(all.map(({ port, program }) => `${port} ${program}`)).toEqual([
    '51820/udp the kernel',
    '22/tcp sshd',
    '587/tcp master',
    '8443/tcp docker-proxy',
    '9100/tcp node_exporter',
    '6001/tcp x',
  ])
  expect(all.filter(isDockers).map(({ port }) => port)).toEqual(['8443/tcp'])
})

it('what neither the inventory nor a rule lets in is told, with how to let it in', () => {
  const rules = [
    ...parseRules('### tuple ### allow tcp 9100 0.0.0.0/0 any 10.0.0.0/8 in'),
    ...letInBy(parseLists({ allow: ['22/tcp', '6000:6010/tcp', '51820/tcp'] })),
  ]
  const others = parseRules(
    '### tuple ### deny any any 0.0.0.0/0 any 203.0.113.5 in\n### tuple ### allow any any 0.0.0.0/0 any 10.0.0.5 in\n### tuple ### deny tcp 587 0.0.0.0/0 any 0.0.0.0/0 in',
  )
  expect(notLetIn(parseListeners(printed), others)).toHaveLength(6)
  const closed = notLetIn(parseListeners(printed), rules)
  expect(closedNote(closed.slice(0, 2), 'site')).toMatch(/to let them in: allow: \['51820\/udp', '587\/tcp'\]$/)
  expect(closedNote(closed, 'cutover')).toBe(
    'the firewall closes what others listen on here: 51820/udp (the kernel), 587/tcp (master), 8443/tcp (docker-proxy); to let them in: vars: { firewall: { allow: [51820/udp, 587/tcp, 8443/tcp] } }',
  )
})
