import { CutoverError } from '../../../runner/index.ts'
import type { Platform } from '../../system/index.ts'
import { type DockerSource, dockersOwn } from './docker-source.ts'
import type { Engine } from './engine-fact.ts'

const pluginFile =
  'the plugin itself on the host: the file docker-compose of github.com/docker/compose/releases, ' +
  'as /usr/local/lib/docker/cli-plugins/docker-compose, executable.'

/**
 * The distribution's packages for Docker and `docker compose` (v2).
 * @throws CutoverError if the distribution has none
 */
export function dockerPackages(platform: Platform): string[] {
  const { distro, release, base } = platform
  if (base.distro === 'ubuntu') return ['docker.io', 'docker-compose-v2']
  if (hasCompose(platform)) return ['docker.io', 'docker-cli', 'docker-compose']
  throw new CutoverError(`${distro} ${release} has no compose v2 among its own packages`, {
    hint: "Docker's own packages have it: take docker.source: distribution out of the inventory.",
  })
}

/** The releases of Debian whose docker-compose is the old one in Python. */
const withoutCompose = ['buster', 'bullseye', 'bookworm']

/** Whether the distribution itself has a compose v2. */
export const hasCompose = ({ base }: Platform): boolean =>
  base.distro === 'ubuntu' || !withoutCompose.includes(base.codename)

/**
 * The packages to install beside the Docker of a host, of the same kind; on a host without a Docker, all of them.
 * @param source what the inventory says; undefined: Docker's own packages where there is no Docker
 * @throws CutoverError where installing a package would take somebody's Docker away, or none is to be installed
 */
export function enginePackages(engine: Engine, platform: Platform, source?: DockerSource): readonly string[] {
  if (source === 'present' && ['none', 'docker.io', 'docker-ce', 'moby'].includes(engine.kind)) throw notPresent(engine)
  switch (engine.kind) {
    case 'none':
      return source === 'distribution' ? dockerPackages(platform) : dockersOwn.packages
    case 'docker.io':
      return besideDockerIo(engine, platform, source)
    case 'docker-ce':
      return besideDockerCe(engine, source)
    case 'moby':
      return [...(engine.daemon ? [] : ['moby-engine']), ...(engine.compose ? [] : ['moby-compose'])]
    case 'snap':
    case 'podman':
    case 'program':
      throw refused(engine.kind, engine)
  }
}

function notPresent({ daemon }: Engine): CutoverError {
  return new CutoverError(daemon ? '`docker compose` does not run on this host' : 'there is no Docker on this host', {
    hint:
      'docker.source: present in the inventory leaves it to you. ' +
      'Install it yourself, or take that line out, and setup does.',
  })
}

function refused(kind: 'snap' | 'podman' | 'program', { daemon, path }: Engine): CutoverError {
  switch (kind) {
    case 'snap':
      return new CutoverError('Docker is on this host as a snap, which may not read /opt and is not docker.service', {
        hint:
          'It is not removed unasked: its containers and volumes would go with it. ' +
          'If nothing of it is needed: sudo snap remove docker, and run setup again.',
      })
    case 'podman':
      return new CutoverError('the docker program of this host is podman’s (package podman-docker)', {
        hint:
          'Cutover works with Docker. If nothing needs it: sudo apt-get remove podman-docker, and run setup again; ' +
          'podman itself can stay.',
      })
    case 'program':
      return new CutoverError(
        `Docker is on this host as a program that no package brought (${path}), ` +
          `and ${daemon ? '`docker compose` does not run' : 'there is no dockerd'}`,
        {
          hint: daemon
            ? `Put ${pluginFile}`
            : `Install its dockerd as the program was installed, or take ${path} away and run setup again.`,
        },
      )
  }
}

function besideDockerIo({ daemon }: Engine, platform: Platform, source?: DockerSource): string[] {
  if (hasCompose(platform)) return dockerPackages(platform)
  if (source === 'docker' && daemon) return ['docker-compose-plugin']
  const place = daemon ? ', which is on this host' : ''
  throw new CutoverError(`${platform.distro} ${platform.release} has no compose v2 for its docker.io${place}`, {
    hint:
      'Nothing was changed. ' +
      (daemon
        ? "docker: { source: docker } in the inventory adds Docker's repository, and takes only the compose plugin " +
          'from there; docker.io and its containers stay as they are.\n'
        : '') +
      `${daemon ? 'Or put' : 'Put'} ${pluginFile}\n` +
      "Or move to Docker's own packages yourself (docs.docker.com/engine/install): " +
      'they replace docker.io, so its containers stop for it.',
  })
}

function besideDockerCe({ daemon, compose, plugin }: Engine, source?: DockerSource): string[] {
  const wanted = [...(daemon ? [] : ['docker-ce', 'containerd.io']), ...(compose ? [] : ['docker-compose-plugin'])]
  if (plugin || compose || source === 'docker') return wanted
  throw new CutoverError(
    "Docker's own packages are on this host without docker-compose-plugin, and apt knows no such package",
    {
      hint:
        "Nothing was changed: the distribution's own compose would take this Docker away. The repository that it came " +
        'from is not in /etc/apt/sources.list.d any more (an upgrade of the system turns it off): ' +
        'docker: { source: docker } in the inventory adds it, or add it yourself (docs.docker.com/engine/install), ' +
        `sudo apt-get update, and run setup again.\nOr put ${pluginFile}`,
    },
  )
}
