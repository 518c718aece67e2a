import { expect, it } from 'vitest'
import { docker, type DockerOptions } from '../../../../tasks/docker/engine/docker.ts'

const namesOf = (more: Partial<DockerOptions>): string[] =>
  docker({ user: 'deploy', tell: () => undefined, ...more }).map(({ name }) => name)

const engine = ['docker', 'unit docker']
const restarts = [
  'docker: live-restore',
  'directory /opt/cutover',
  'directory /etc/systemd/system/docker.service.d',
  'file /opt/cutover/docker-guard.sh',
  'file /etc/systemd/system/docker.service.d/cutover.conf',
  'systemd: docker.service as its files are',
]

it.each([
  [
    'containers outlive dockerd, and the user may use Docker',
    {},
    [...engine, ...restarts, 'user deploy in group docker'],
  ],
  ['root needs no group', { user: 'root' }, [...engine, ...restarts]],
  ['dockerd’s settings are left alone', { liveRestore: false }, [...engine, 'user deploy in group docker']],
])('Docker on a host: %s', (_, more, expected) => {
  expect(namesOf(more)).toEqual(expected)
})
