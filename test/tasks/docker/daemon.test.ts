import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { withKey } from '../../../tasks/docker/daemon-json.ts'
import { type Daemon, parseDaemon, planLiveRestore } from '../../../tasks/docker/daemon.ts'

const path = '/etc/docker/daemon.json'
const on = (text: string): string => withKey(path, text, 'live-restore', true)
const failing = (work: () => unknown): string => {
  try {
    return JSON.stringify(work())
  } catch (error) {
    return explain(error).join('\n')
  }
}

describe('a key in a daemon.json', () => {
  it.each([
    ['nothing', '', '{\n  "live-restore": true\n}\n'],
    ['an empty object', '{}\n', '{\n  "live-restore": true\n}\n'],
    [
      'two blanks',
      '{\n  "debug": false,\n  "log-opts": { "max-size": "10m" }\n}\n',
      '{\n  "debug": false,\n  "log-opts": { "max-size": "10m" },\n  "live-restore": true\n}\n',
    ],
    [
      'tabs, and no newline at the end',
      '{\n\t"bip": "10.1.0.1/24"\n}',
      '{\n\t"bip": "10.1.0.1/24",\n\t"live-restore": true\n}',
    ],
    ['one line', '{"bip": "10.1.0.1/24"}', '{"bip": "10.1.0.1/24", "live-restore": true}'],
    ['lines of Windows', '{\r\n  "debug": true\r\n}\r\n', '{\r\n  "debug": true,\r\n  "live-restore": true\r\n}\r\n'],
    [
      'false becomes true in its place',
      '{\n  "live-restore" : false,\n  "debug": true\n}\n',
      '{\n  "live-restore" : true,\n  "debug": true\n}\n',
    ],
    [
      'braces and the key itself inside texts',
      '{"labels": ["a}b", "\\"live-restore\\": false"]}',
      '{"labels": ["a}b", "\\"live-restore\\": false"], "live-restore": true}',
    ],
    [
      'a nested object at the end',
      '{"a": {"live-restore": false}}',
      '{"a": {"live-restore": false}, "live-restore": true}',
    ],
    [
      'its own value where a nested one stands before it',
      '{"a": {"live-restore": false}, "live-restore": false}',
      '{\n  "a": {\n    "live-restore": false\n  },\n  "live-restore": true\n}\n',
    ],
    [
      'numbers as they are written',
      '{\n  "mtu": 1.50e3,\n  "x": 12345678901234567890\n}\n',
      '{\n  "mtu": 1.50e3,\n  "x": 12345678901234567890,\n  "live-restore": true\n}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(on(before)).toBe(after)
    expect(on(after)).toBe(after)
  })

  it.each([
    ['a comment', '{\n  // logs\n  "debug": true\n}', /daemon\.json: it is not valid JSON[^]*no comments/],
    ['a comma at the end', '{"debug": true,}', /is not valid JSON/],
    ['a list', '[]', /it is not a JSON object/],
    ['a byte order mark', '\uFEFF{}', /byte order mark/],
  ])('%s is refused', (_, text, words) => {
    expect(failing(() => on(text))).toMatch(words)
  })
})

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
      /"left":"live-restore is left off, as \/etc\/docker\/daemon.json says/,
    ],
    [
      'is turned on where the inventory says so',
      { file: file('{"live-restore": false}') },
      true,
      /^\{"text":"\{\\"live-restore\\": true\}"\}$/,
    ],
    ['is none of our business where the inventory says false', { file: file('no JSON') }, false, /^null$/],
    ['is left off in a swarm', { swarm: true }, true, /"left":.*swarm/],
    ['is not set for a Docker that systemd does not run', { unit: false }, undefined, /"left":.*docker\.service/],
    ['by a flag holds', { live: true, running: ['--live-restore'] }, undefined, /^null$/],
    [
      'by a flag is not written beside it: dockerd would not start again',
      { running: ['-H'], flags: ['--live-restore=true'] },
      undefined,
      /"left":.*next start/,
    ],
    [
      'that a flag turns off is left',
      { running: ['--live-restore=false'] },
      undefined,
      /"left":.*--live-restore=false/,
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

  it('reads what a host says', () => {
    const text = '{\n  "debug": true,\n  "x": "== file"\n}\n'
    const said = `LoadState=loaded\nMainPID=12\nExecStart={ … }\n== running\n/usr/sbin/dockerd\n-H\nfd://\n--live-restore\n== flags\n/usr/sbin/dockerd\n-H\n$DOCKER_OPTS\n--bip=10.1.0.1/24\n== info\n{"LiveRestoreEnabled":true,"Swarm":{"LocalNodeState":"active"}}\n\n== file\n/srv/daemon.json\n640 0:0\n${text}`
    expect(parseDaemon(said)).toEqual({
      unit: true,
      running: ['-H', '--live-restore'],
      flags: ['-H', '--bip=10.1.0.1/24'],
      live: true,
      swarm: true,
      path: '/srv/daemon.json',
      file: { mode: '640', owner: '0:0', text },
    })
    expect(parseDaemon('\n== running\n\n== flags\n== info\n\n== file\n/etc/docker/daemon.json\n')).toEqual({
      unit: false,
      running: [],
      flags: [],
      live: undefined,
      swarm: false,
      path,
      file: undefined,
    })
  })
})
