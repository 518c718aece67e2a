import { expect, it, vi } from 'vitest'
import { CutoverError, UnreachableError } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { daemonFact, engineFact } from '../../../tasks/docker/index.ts'
import { examine, scriptOf } from '../../../tasks/doctor/examine.ts'
import { platformFact } from '../../../tasks/system/index.ts'
import { known, patient } from './patient.ts'

/** What a host prints at a time of its own. */
const shown = (now: number): string => `${now}
== system
6.12.41+deb13-amd64
== sudo
uid=0(root) gid=0(root) groups=0(root)
== disk
path /var/lib/docker
   1B-blocks       Avail   Inodes    IFree Mounted on
20000000000 9000000000 1310720 1200000 /
== memory
MemTotal:         997332 kB
MemAvailable:     612000 kB
== ports
LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=813,fd=5))
== containers
[]
== end
${now}
`

const host = ({ now = Date.now(), platform = known.platform } = {}, stdout = shown(now)): ScriptedHost =>
  new ScriptedHost(() => stdout, {
    facts: [
      [platformFact as never, platform],
      [engineFact as never, known.engine],
      [daemonFact as never, known.daemon],
    ],
  })

it('reads everything by one command, and gives each finding its subject', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(1_764_000_000_000)
  const scripted = host()
  const findings = await examine(scripted.host, patient())
  expect(scripted.commands).toHaveLength(1)
  expect(findings.map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
    'ok system',
    'ok sudo',
    'ok disk',
    'ok memory',
    'ok clock',
    'error port 80',
    'ok docker',
    'ok dockerd',
    'ok dockerd',
    'ok traefik',
    'ok firewall',
    'warning cgroup',
    'ok reboot',
    'ok apt',
  ])
  expect(findings.find(({ subject }) => subject === 'reboot')).toEqual({
    severity: 'ok',
    subject: 'reboot',
    text: 'none is pending',
  })
  vi.restoreAllMocks()
})

it('compares the clocks', async () => {
  const [finding] = (await examine(host({ now: Date.now() - 600_000 }).host, patient())).filter(
    ({ subject }) => subject === 'clock',
  )
  expect(finding).toMatchObject({ severity: 'warning', text: "the clock is 10 min behind this machine's" })
})

it('goes on where the system is refused, and fails where the host is lost or its answer is cut off', async () => {
  const refused = host()
  const fact = refused.fact.bind(refused)
  const failing = (error: Error) => async (each: unknown) =>
    each === platformFact ? Promise.reject(error) : fact(each as never)
  refused.fact = failing(new CutoverError('this is Fedora', { hint: 'Use Debian.' })) as never
  const findings = await examine(refused.host, patient())
  expect(findings[0]).toEqual({ severity: 'error', subject: 'system', text: 'this is Fedora', hint: 'Use Debian.' })
  expect(findings.length).toBeGreaterThan(10)
  refused.fact = failing(new UnreachableError('it is gone')) as never
  await expect(examine(refused.host, patient())).rejects.toThrow('it is gone')
  await expect(examine(host({}, '1764000000000\n== system\n').host, patient())).rejects.toThrow(
    'the host did not say all that it was asked',
  )
})

it('asks for each check in a section of its own, with its times around it', () => {
  const script = scriptOf(patient())
  expect(script.startsWith('echo "$(date +%s%3N)"\necho \'== system\'\n')).toBe(true)
  expect(script.endsWith('echo \'== end\'\necho "$(date +%s%3N)"')).toBe(true)
  expect([...script.matchAll(/^echo '== (.*)'$/gm)].map(([, name]) => name)).toEqual([
    'system',
    'sudo',
    'disk',
    'memory',
    'ports',
    'program',
    'firewall',
    'cgroup',
    'reboot',
    'apt',
    'registry',
    'containers',
    'end',
  ])
  // A subshell without a command is a mistake for dash: a host without domains has none for them.
  expect(script).not.toMatch(/^\(\n\s*\)/m)
  const domain = scriptOf(
    patient(
      'hosts: { a: {} }\napps: { x: { image: x, access: { domain: x.test } } }\nvars: { traefik: { email: a@b.test } }\n',
    ),
  )
  expect(domain).toContain("echo '== domain'\n(\n")
})
