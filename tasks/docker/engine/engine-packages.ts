import { CutoverError } from '../../../runner/index.ts'
import type { Platform } from '../../system/index.ts'
import type { Engine } from './engine-fact.ts'

const dockersOwnPackages =
  'vars: { docker: { packages: [docker-ce, docker-ce-cli, containerd.io, docker-compose-plugin] } }'
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
    hint:
      "Add Docker's own apt repository (docs.docker.com/engine/install), " +
      `and name its packages in the inventory:\n  ${dockersOwnPackages}`,
  })
}

/** The releases of Debian whose docker-compose is the old one in Python. */
const withoutCompose = ['buster', 'bullseye', 'bookworm']

const hasCompose = ({ base }: Platform): boolean => base.distro === 'ubuntu' || !withoutCompose.includes(base.codename)

/**
 * The packages to install beside the Docker of a host, of the same kind; on a host without a Docker, all of them.
 * @throws CutoverError where installing a package would take somebody's Docker away
 */
export function enginePackages(engine: Engine, platform: Platform): string[] {
  switch (engine.kind) {
    case 'none':
      return dockerPackages(platform)
    case 'docker.io':
      return besideDockerIo(engine, platform)
    case 'docker-ce':
      return besideDockerCe(engine)
    case 'moby':
      return [...(engine.daemon ? [] : ['moby-engine']), ...(engine.compose ? [] : ['moby-compose'])]
    case 'snap':
    case 'podman':
    case 'program':
      throw refused(engine.kind, engine)
  }
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

function besideDockerIo({ daemon }: Engine, platform: Platform): string[] {
  if (hasCompose(platform)) return dockerPackages(platform)
  const place = daemon ? ', which is on this host' : ''
  throw new CutoverError(`${platform.distro} ${platform.release} has no compose v2 for its docker.io${place}`, {
    hint:
      `Nothing was changed. Put ${pluginFile}\n` +
      "Or move to Docker's own packages yourself (docs.docker.com/engine/install): " +
      'they replace docker.io, so its containers stop for it.',
  })
}

function besideDockerCe({ daemon, compose, plugin }: Engine): string[] {
  const wanted = [...(daemon ? [] : ['docker-ce', 'containerd.io']), ...(compose ? [] : ['docker-compose-plugin'])]
  if (plugin || compose) return wanted
  throw new CutoverError(
    "Docker's own packages are on this host without docker-compose-plugin, and apt knows no such package",
    {
      hint:
        "Nothing was changed: the distribution's own compose would take this Docker away. The repository that it came " +
        'from is not in /etc/apt/sources.list.d any more (an upgrade of the system turns it off): add it again ' +
        `(docs.docker.com/engine/install), sudo apt-get update, and run setup again.\nOr put ${pluginFile}`,
    },
  )
}
