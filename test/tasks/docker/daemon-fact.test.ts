import { expect, it } from 'vitest'
import { parseDaemon } from '../../../tasks/docker/daemon-fact.ts'

const path = '/etc/docker/daemon.json'

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
