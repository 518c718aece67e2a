import { expect, it } from 'vitest'
import { docker, type DockerOptions } from '../../../../tasks/docker/engine/docker.ts'

const namesOf = (more: Partial<DockerOptions>): string[] =>
  docker({ user: 'deploy', tell: () => undefined, ...more }).map(({ name }) => name)

const engine = ['docker', 'unit docker']
const repository = 'repository docker'
const restarts = [
  'docker: live-restore',
  'directory /opt/cutover',
  'directory /etc/systemd/system/docker.service.d',
  'file /opt/cutover/docker-guard.sh',
  'file /etc/systemd/system/docker.service.d/cutover.conf',
  'systemd: docker.service as its files are',
]

it.each<readonly [string, Partial<DockerOptions>, readonly string[]]>([
  [
    'containers outlive dockerd, and the user may use Docker',
    {},
    [repository, ...engine, ...restarts, 'user deploy in group docker'],
  ],
  ['root needs no group', { user: 'root' }, [repository, ...engine, ...restarts]],
  ['dockerd’s settings are left alone', { liveRestore: false }, [repository, ...engine, 'user deploy in group docker']],
  ...([{ source: 'distribution' }, { source: 'present' }, { packages: ['docker-x'] }] as const).map(
    (more) =>
      [
        `Docker's repository is not touched with ${JSON.stringify(more)}`,
        { user: 'root', ...more },
        [...engine, ...restarts],
      ] as const,
  ),
  [
    'packages of one’s own come from Docker’s repository, if that is said',
    { user: 'root', source: 'docker', packages: ['docker-ce'] },
    [repository, ...engine, ...restarts],
  ],
])('Docker on a host: %s', (_, more, expected) => {
  expect(namesOf(more)).toEqual(expected)
})
