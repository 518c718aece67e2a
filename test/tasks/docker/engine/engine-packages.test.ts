import { describe, expect, it } from 'vitest'
import type { CutoverError } from '../../../../runner/errors.ts'
import { type DockerSource, dockersOwn } from '../../../../tasks/docker/engine/docker-source.ts'
import type { Engine } from '../../../../tasks/docker/engine/engine-fact.ts'
import { dockerPackages, enginePackages } from '../../../../tasks/docker/engine/engine-packages.ts'
import type { Platform } from '../../../../tasks/system/platform.ts'

const on = (distro: string, release: string, base: Platform['base']): Platform => ({
  distro,
  release,
  codename: '',
  base,
  architecture: 'amd64',
  docker: 'linux/amd64',
})
const debian12 = on('debian', '12', { distro: 'debian', codename: 'bookworm' })
const debian13 = on('debian', '13', { distro: 'debian', codename: 'trixie' })
const ubuntu = on('ubuntu', '24.04', { distro: 'ubuntu', codename: 'noble' })
const mint = on('linuxmint', '22.3', { distro: 'ubuntu', codename: 'noble' })
const lmde = on('linuxmint', '7', { distro: 'debian', codename: 'trixie' })

const engine = (kind: Engine['kind'], more: Partial<Engine> = {}): Engine => ({
  kind,
  daemon: true,
  compose: false,
  path: '/usr/bin/dockerd',
  plugin: false,
  ...more,
})
/** The packages, or message and hint of a refusal. */
function result(work: () => readonly string[]): readonly string[] {
  try {
    return work()
  } catch (error) {
    const { message, hint = '' } = error as CutoverError
    return [message, hint]
  }
}
const ofDebian = ['docker.io', 'docker-cli', 'docker-compose']
const ofUbuntu = ['docker.io', 'docker-compose-v2']
const plugin =
  'the plugin itself on the host: the file docker-compose of github.com/docker/compose/releases, as /usr/local/lib/docker/cli-plugins/docker-compose, executable.'

describe('a Docker gets what it lacks of its own kind', () => {
  it.each<[Engine['kind'], Partial<Engine>, Platform, readonly string[], DockerSource?]>([
    ['none', { daemon: false }, debian12, dockersOwn.packages],
    ['none', { daemon: false }, ubuntu, dockersOwn.packages, 'docker'],
    ['none', { daemon: false }, debian13, ofDebian, 'distribution'],
    ['none', { daemon: false }, ubuntu, ofUbuntu, 'distribution'],
    ['none', { daemon: false }, mint, ofUbuntu, 'distribution'],
    ['none', { daemon: false }, lmde, ofDebian, 'distribution'],
    ['docker.io', {}, debian12, ['docker-compose-plugin'], 'docker'],
    ['docker-ce', {}, debian12, ['docker-compose-plugin'], 'docker'],
    ['docker.io', {}, debian13, ofDebian, 'docker'],
    ['docker-ce', { plugin: true }, debian12, ['docker-compose-plugin']],
    ['docker-ce', { plugin: true, daemon: false }, debian13, ['docker-ce', 'containerd.io', 'docker-compose-plugin']],
    ['docker-ce', { compose: true, daemon: false }, debian13, ['docker-ce', 'containerd.io']],
    ['docker.io', {}, debian13, ofDebian],
    ['docker.io', {}, ubuntu, ofUbuntu],
    ['moby', {}, ubuntu, ['moby-compose']],
    ['moby', { daemon: false }, ubuntu, ['moby-engine', 'moby-compose']],
    ['moby', { daemon: false, compose: true }, ubuntu, ['moby-engine']],
  ])('%s with %j on %o: %o of %s', (kind, more, platform, packages, source) => {
    expect(result(() => enginePackages(engine(kind, more), platform, source))).toEqual(packages)
  })

  const byHand = { path: '/usr/local/bin/docker' }
  const moveToOwn =
    "Or move to Docker's own packages yourself (docs.docker.com/engine/install): they replace docker.io, so its containers stop for it."
  it.each<[string, Engine, Platform, string, string]>([
    [
      'docker-ce whose repository is gone',
      engine('docker-ce'),
      debian13,
      "Docker's own packages are on this host without docker-compose-plugin, and apt knows no such package",
      `Nothing was changed: the distribution's own compose would take this Docker away. The repository that it came from is not in /etc/apt/sources.list.d any more (an upgrade of the system turns it off): docker: { source: docker } in the inventory adds it, or add it yourself (docs.docker.com/engine/install), sudo apt-get update, and run setup again.\nOr put ${plugin}`,
    ],
    [
      'docker.io where the distribution has no compose v2',
      engine('docker.io'),
      debian12,
      'debian 12 has no compose v2 for its docker.io, which is on this host',
      `Nothing was changed. docker: { source: docker } in the inventory adds Docker's repository, and takes only the compose plugin from there; docker.io and its containers stay as they are.\nOr put ${plugin}\n${moveToOwn}`,
    ],
    [
      'the docker program of docker.io alone where the distribution has no compose v2',
      engine('docker.io', { daemon: false }),
      debian12,
      'debian 12 has no compose v2 for its docker.io',
      `Nothing was changed. Put ${plugin}\n${moveToOwn}`,
    ],
    [
      'a snap',
      engine('snap'),
      ubuntu,
      'Docker is on this host as a snap, which may not read /opt and is not docker.service',
      'It is not removed unasked: its containers and volumes would go with it. If nothing of it is needed: sudo snap remove docker, and run setup again.',
    ],
    [
      'podman',
      engine('podman'),
      debian13,
      'the docker program of this host is podman’s (package podman-docker)',
      'Cutover works with Docker. If nothing needs it: sudo apt-get remove podman-docker, and run setup again; podman itself can stay.',
    ],
    [
      'a dockerd put there by hand without compose',
      engine('program', byHand),
      debian13,
      'Docker is on this host as a program that no package brought (/usr/local/bin/docker), and `docker compose` does not run',
      `Put ${plugin}`,
    ],
    [
      'a docker program put there by hand without dockerd',
      engine('program', { ...byHand, daemon: false }),
      debian13,
      'Docker is on this host as a program that no package brought (/usr/local/bin/docker), and there is no dockerd',
      'Install its dockerd as the program was installed, or take /usr/local/bin/docker away and run setup again.',
    ],
  ])('%s is refused, with what to do', (_, existing, platform, message, hint) => {
    expect(result(() => enginePackages(existing, platform))).toEqual([message, hint])
  })

  it('a distribution without compose v2 is refused, with what to do', () => {
    expect(result(() => dockerPackages(debian12))).toEqual([
      'debian 12 has no compose v2 among its own packages',
      "Docker's own packages have it: take docker.source: distribution out of the inventory.",
    ])
  })

  it.each<[string, Engine, string]>([
    ['nothing', engine('none', { daemon: false }), 'there is no Docker on this host'],
    ['a Docker without compose', engine('docker-ce', { plugin: true }), '`docker compose` does not run on this host'],
  ])('with docker.source: present, %s is refused', (_, existing, message) => {
    expect(result(() => enginePackages(existing, debian13, 'present'))).toEqual([
      message,
      'docker.source: present in the inventory leaves it to you. Install it yourself, or take that line out, and setup does.',
    ])
  })
})
