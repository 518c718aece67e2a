import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import type { Daemon } from '../../../tasks/docker/daemon-fact.ts'
import { planLiveRestore } from '../../../tasks/docker/live-restore-plan.ts'

const path = '/etc/docker/daemon.json'
const failing = (work: () => unknown): string => {
  try {
    return JSON.stringify(work())
  } catch (error) {
    return explain(error).join('\n')
  }
}

const usual: Daemon = {
  unit: true,
  running: ['-H', '--containerd=/run/containerd/containerd.sock'],
  flags: ['-H'],
  live: false,
  swarm: false,
  path,
}
const file = (text: string): NonNullable<Daemon['file']> => ({ mode: '644', owner: '0:0', text })

describe('live-restore', () => {
  it.each<[string, Partial<Daemon>, boolean | undefined, RegExp]>([
    ['is turned on where nobody said anything', {}, undefined, /^\{"text":"\{\\n {2}\\"live-restore\\": true/],
    [
      'is reloaded where only the file has it',
      { file: file('{"live-restore": true}') },
      undefined,
      /^\{"reload":true\}$/,
    ],
    ['holds where both have it', { live: true, file: file('{"live-restore": true}') }, undefined, /^null$/],
    ['is written down where only the running dockerd has it', { live: true, file: file('{}') }, undefined, /^\{"text"/],
    [
      'comes with the first start of a dockerd that is not there yet',
      { unit: false, live: undefined },
      undefined,
      /^\{"text"/,
    ],
    [
      'holds where dockerd is stopped and the file has it',
      { live: undefined, file: file('{"live-restore": true}') },
      undefined,
      /^null$/,
    ],
    [
      'that a person turned off stays off, and it is said',
      { file: file('{"live-restore": false}') },
      undefined,
      /"note":"live-restore is left off, as \/etc\/docker\/daemon.json says/,
    ],
    [
      'is turned on where the inventory says so',
      { file: file('{"live-restore": false}') },
      true,
      /^\{"text":"\{\\"live-restore\\": true\}"\}$/,
    ],
    ['is none of our business where the inventory says false', { file: file('no JSON') }, false, /^null$/],
    ['is left off in a swarm', { swarm: true }, true, /"note":.*swarm/],
    ['is not set for a Docker that systemd does not run', { unit: false }, undefined, /"note":.*docker\.service/],
    ['by a flag holds', { live: true, running: ['--live-restore'] }, undefined, /^null$/],
    [
      'by a flag is not written beside it: dockerd would not start again',
      { running: ['-H'], flags: ['--live-restore=true'] },
      undefined,
      /"note":.*next start/,
    ],
    [
      'that a flag turns off is left',
      { running: ['--live-restore=false'] },
      undefined,
      /"note":.*--live-restore=false/,
    ],
    [
      'that a flag turns off and the inventory on is an error',
      { running: ['--live-restore=0'] },
      true,
      /started with --live-restore=false[^]*Take the flag out/,
    ],
    ['in a file that Docker can not read is an error', { file: file('{"a": 1,}') }, undefined, /is not valid JSON/],
    [
      'that is no truth value is an error',
      { file: file('{"live-restore": "yes"}') },
      undefined,
      /live-restore is "yes"[^]*true or false/,
    ],
  ])('%s', (_, more, wanted, plan) => {
    expect(failing(() => planLiveRestore({ ...usual, ...more }, wanted))).toMatch(plan)
  })
})
