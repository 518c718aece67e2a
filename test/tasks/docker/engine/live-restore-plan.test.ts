import { describe, expect, it } from 'vitest'
import type { CutoverError } from '../../../../runner/errors.ts'
import type { Daemon } from '../../../../tasks/docker/engine/daemon-fact.ts'
import { type LiveRestorePlan, planLiveRestore } from '../../../../tasks/docker/engine/live-restore-plan.ts'

const usual: Daemon = {
  unit: true,
  running: ['-H', '--containerd=/run/containerd/containerd.sock'],
  flags: ['-H'],
  live: false,
  swarm: false,
  path: '/etc/docker/daemon.json',
}
const file = (text: string): NonNullable<Daemon['file']> => ({ mode: '644', owner: '0:0', text })
const on = file('{"live-restore": true}')
const off = file('{"live-restore": false}')

const consequence = 'when dockerd ends, every container on this host ends with it'
const write: LiveRestorePlan = { text: '{\n  "live-restore": true\n}\n' }
const inSwarm = { note: `live-restore is left off: Docker refuses it on a node of a swarm; ${consequence}` }
const notBySystemd = {
  note: `live-restore is left off: dockerd is not run by systemd's docker.service (snap? podman?), so its settings are yours; ${consequence}`,
}
const byFile = {
  note: `live-restore is left off, as /etc/docker/daemon.json says: ${consequence}. vars: { docker: { live_restore: true } } turns it on, false says that it is meant`,
}
const byFlag = {
  note: `live-restore is left off, as the flag --live-restore=false of dockerd says: ${consequence}`,
}
const atNextStart = {
  note: "live-restore comes with dockerd's next start: its flag is there, and the running dockerd does not have it yet",
}

describe('live-restore', () => {
  it.each<[string, Partial<Daemon>, boolean | undefined, LiveRestorePlan]>([
    ['is turned on where nobody said anything', {}, undefined, write],
    ['is reloaded where only the file has it', { file: on }, undefined, { reload: true }],
    ['is on where both have it', { live: true, file: on }, undefined, null],
    ['is written down where only the running dockerd has it', { live: true, file: file('{}') }, undefined, write],
    ['comes with the first start of a dockerd that is not there yet', { unit: false, live: undefined }, true, write],
    ['needs nothing where dockerd is stopped and the file has it', { live: undefined, file: on }, undefined, null],
    ['that a person turned off stays off, and it is told', { file: off }, undefined, byFile],
    ['is turned on where the inventory says so', { file: off }, true, { text: '{"live-restore": true}' }],
    ['is left alone where the inventory says false', { file: file('not JSON') }, false, null],
    ['is left off in a swarm', { swarm: true }, true, inSwarm],
    ['is not set for a Docker that systemd does not run', { unit: false }, undefined, notBySystemd],
    ['is on for a Docker that systemd does not run', { unit: false, live: true }, undefined, null],
    ['is on by a flag', { live: true, running: ['--live-restore'] }, undefined, null],
    ['is on by a flag with a value', { live: true, running: ['--live-restore=TRUE'] }, true, null],
    ['is not written beside a flag: dockerd would not start again', { flags: ['--live-restore'] }, true, atNextStart],
    ['is on by a flag of a dockerd that is stopped', { live: undefined, flags: ['--live-restore'] }, true, null],
    ['that a flag turns off is left off', { running: ['--live-restore=false'] }, undefined, byFlag],
    ['that a short flag turns off is left off', { running: ['--live-restore=F'] }, undefined, byFlag],
    [
      'goes by the last flag: the next start counts',
      { running: ['--live-restore'], flags: ['--live-restore=0'] },
      undefined,
      byFlag,
    ],
    ['is not a flag that only begins so', { running: ['--live-restore-x', 'x--live-restore'] }, undefined, write],
  ])('%s', (_, more, wanted, plan) => {
    expect(planLiveRestore({ ...usual, ...more }, wanted)).toEqual(plan)
  })

  const refusal = (more: Partial<Daemon>, wanted?: boolean): unknown => {
    try {
      return planLiveRestore({ ...usual, ...more }, wanted)
    } catch (error) {
      const { message, hint } = error as CutoverError
      return [message, hint]
    }
  }

  it.each<[string, Partial<Daemon>, boolean | undefined, string[]]>([
    [
      'that a flag turns off and the inventory turns on',
      { running: ['--live-restore=0'] },
      true,
      [
        'dockerd is started with --live-restore=false',
        'Take the flag out of its unit (systemctl cat docker) or /etc/default/docker; beside it, Docker takes no such key in daemon.json.',
      ],
    ],
    [
      'that is neither true nor false',
      { file: file('{"live-restore": "yes"}') },
      undefined,
      [
        '/etc/docker/daemon.json: live-restore is "yes"',
        'It must be true or false. Fix it: Docker does not start with this.',
      ],
    ],
  ])('%s is an error', (_, more, wanted, expected) => {
    expect(refusal(more, wanted)).toEqual(expected)
  })

  it('in a file that Docker cannot read is an error', () => {
    expect(() => planLiveRestore({ ...usual, file: file('{"a": 1,}') }, undefined)).toThrow('it is not valid JSON')
  })
})
