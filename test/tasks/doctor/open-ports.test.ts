import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { openPortsCheck, openPortsTold } from '../../../tasks/doctor/open-ports.ts'
import { known, lines, patient } from './patient.ts'

const listening = `udp   UNCONN 0      0            0.0.0.0:68         0.0.0.0:*    users:(("dhcpcd",pid=1,fd=9))
udp   UNCONN 0      0         127.0.0.53:53         0.0.0.0:*    users:(("systemd-resolve",pid=3,fd=13))
tcp   LISTEN 0      4096         0.0.0.0:5432       0.0.0.0:*    users:(("docker-proxy",pid=7,fd=7))
tcp   LISTEN 0      4096            [::]:5432          [::]:*    users:(("docker-proxy",pid=8,fd=7))
tcp   LISTEN 0      4096         0.0.0.0:9000       0.0.0.0:*    users:(("docker-proxy",pid=9,fd=7))
tcp   LISTEN 0      4096       127.0.0.1:8080       0.0.0.0:*    users:(("traefik",pid=9,fd=7))
tcp   LISTEN 0      128                *:22               *:*    users:(("sshd",pid=2,fd=3))
`
const container = (name: string, ...reachable: string[]) => ({
  id: name,
  name,
  image: name,
  ours: false,
  ports: [],
  reachable,
})
const off = 'hosts: { a: {} }\nvars: { firewall: { enabled: false } }\n'

it('what is open is named in the order of ports, with the container that a port belongs to', () => {
  // Docker without its proxy: nothing listens on 443.
  const containers = [container('db', '5432/tcp'), container('web', '443/tcp', '443/udp'), container('inner')]
  const about = { ...patient(off), ...known, containers }
  expect(lines(openPortsCheck.find(listening, about))).toEqual([
    'note: unless something else filters, others reach 22/tcp (sshd), 443/tcp (container web), 443/udp (container web), 5432/tcp (container db), 9000/tcp (a container)',
  ])
  expect(lines(openPortsCheck.find('', { ...about, containers: [] }))).toEqual([
    'note: nothing here listens for others',
  ])
  expect(openPortsCheck.script?.(patient(off))).toBe('ss -Hlntup')
})

it('where setup turns ufw on, nobody is asked', () => {
  expect(openPortsCheck.find(listening, { ...patient(), ...known })).toEqual([])
  expect(openPortsCheck.script?.(patient())).toBe('')
})

it('setup tells it, and changes nothing', async () => {
  const docker = '[{"Id":"1","Names":["/db"],"Image":"i","Ports":[{"IP":"::","PublicPort":5432,"Type":"tcp"}]}]'
  const scripted = new ScriptedHost(() => `${listening}==\n${docker}\n`)
  const notes: string[] = []
  const task = openPortsTold((note) => notes.push(note))
  expect(await task.check(scripted.host)).toBeNull()
  await task.apply(scripted.host, { summary: '' })
  expect(notes).toEqual([
    'the inventory leaves the firewall alone (firewall.enabled: false): unless something else filters, others reach 22/tcp (sshd), 5432/tcp (container db), 9000/tcp (a container)',
  ])
  expect(scripted.commands).toHaveLength(1)
})
