import { expect, it } from 'vitest'
import { CutoverError } from '../../../runner/index.ts'
import { docker } from '../../../tasks/doctor/docker.ts'
import type { Known } from '../../../tasks/doctor/check.ts'
import type { Platform } from '../../../tasks/system/platform.ts'
import { parseEngine } from '../../../tasks/docker/engine/engine-fact.ts'
import { known, lines, patient } from './patient.ts'

const { daemon, platform } = known
const found = (more: Partial<Known>): string[] => lines(docker.find('', { ...patient(), ...known, ...more }))
const bookworm: Platform = {
  distro: 'debian',
  release: '12',
  codename: 'bookworm',
  base: { distro: 'debian', codename: 'bookworm' },
  architecture: 'amd64',
  docker: 'linux/amd64',
}
const none = parseEngine('daemon \nprogram \n')
const of = (docker: string): object => patient(`hosts: { a: {} }\nvars: { docker: ${docker} }\n`)
const own = 'docker-ce, docker-ce-cli, containerd.io, docker-buildx-plugin, docker-compose-plugin'

it.each<[string, Partial<Known>, string]>([
  ['the distribution’s', {}, "ok: 26.1.5+dfsg1, the distribution's (docker.io)"],
  [
    'docker.com’s',
    {
      engine: parseEngine(
        'daemon /usr/bin/dockerd\nprogram /usr/bin/docker\nowner docker-ce\nowner docker-ce-cli\ncompose yes\n',
      ),
      daemon: { ...daemon, version: '29.1.2' },
    },
    "ok: 29.1.2, docker.com's (docker-ce)",
  ],
  [
    'none yet',
    { engine: parseEngine('daemon \nprogram \n'), daemon: { ...daemon, version: undefined } },
    `ok: not installed; setup installs ${own}`,
  ],
  [
    'none yet, where the distribution’s is to be taken',
    { ...of('{ source: distribution }'), engine: none },
    'ok: not installed; setup installs docker.io, docker-cli, docker-compose',
  ],
  [
    'none yet, where it is to be present',
    { ...of('{ source: present }'), engine: none },
    'error: there is no Docker on this host',
  ],
  ['none yet, on Debian 12', { engine: none, platform: bookworm }, `ok: not installed; setup installs ${own}`],
  [
    'none yet, where the distribution’s is to be taken and has no compose',
    { ...of('{ source: distribution }'), engine: none, platform: bookworm },
    'error: debian 12 has no compose v2 among its own packages',
  ],
  [
    'a snap',
    { engine: parseEngine('daemon \nprogram /usr/bin/snap\nsnap yes\ncompose yes\n') },
    'error: Docker is on this host as a snap, which may not read /opt and is not docker.service',
  ],
  [
    'podman',
    { engine: parseEngine('daemon \nprogram /usr/bin/docker\nowner podman-docker\n') },
    'error: the docker program of this host is podman’s (package podman-docker)',
  ],
  ['one that does not answer', { daemon: { ...daemon, version: undefined } }, 'warning: dockerd does not answer'],
  [
    'an old one',
    { daemon: { ...daemon, version: '19.03.15' } },
    "warning: Docker 19.03.15, the distribution's (docker.io), is older than 20.10, the oldest that Cutover knows",
  ],
])('%s', (_, more, line) => expect(found(more)[0]?.replace(/ \| .*/s, '')).toBe(line))

it('nothing is said of it on a system that is refused, and packages of the inventory are taken', () => {
  expect(found({ platform: new CutoverError('this is Fedora') })).toEqual([])
  const own = patient('hosts: { a: {} }\nvars: { docker: { packages: [docker-ce] } }\n')
  const engine = parseEngine('daemon \nprogram \n')
  expect(lines(docker.find('', { ...own, ...known, platform, engine }))).toEqual([
    'ok: not installed; setup installs docker-ce',
  ])
})
