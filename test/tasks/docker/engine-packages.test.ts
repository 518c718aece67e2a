import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { parseEngine } from '../../../tasks/docker/engine-fact.ts'
import { dockerPackages, enginePackages } from '../../../tasks/docker/engine-packages.ts'
import type { Platform } from '../../../tasks/system/platform.ts'

const on = (distro: string, release: string): Platform => ({ distro, release, codename: '', docker: 'linux/amd64' })
const [debian12, debian13, ubuntu] = [on('debian', '12'), on('debian', '13'), on('ubuntu', '24.04')]

/** What the fact's script prints of a host. */
const seen = {
  bare: 'daemon \nprogram \nplugin unknown\n',
  ce: 'daemon /usr/bin/dockerd\nprogram /usr/bin/docker\nowner docker-ce\nowner docker-ce\nowner docker-ce-cli\nowner docker-ce-cli\n',
  io: 'daemon /usr/sbin/dockerd\nprogram /usr/bin/docker\nowner docker.io\nowner docker-cli\n',
  cli: 'daemon \nprogram /usr/bin/docker\nowner docker-ce-cli\nplugin 2.40\n',
  moby: 'daemon /usr/bin/dockerd\nprogram /usr/bin/docker\nowner moby-engine\nowner moby-cli\n',
  snap: 'daemon \nprogram /usr/bin/snap\nsnap yes\ncompose yes\n',
  podman: 'daemon \nprogram /usr/bin/docker\nowner podman-docker\ncompose yes\n',
  byHand: 'daemon /usr/local/bin/dockerd\nprogram /usr/local/bin/docker\n',
}

function said(text: string, platform: Platform): string {
  try {
    return enginePackages(parseEngine(text), platform).join(' ')
  } catch (error) {
    return explain(error).join('\n')
  }
}

describe('a Docker gets what it lacks of its own kind', () => {
  it.each([
    ['nothing', seen.bare, debian13, 'docker.io docker-cli docker-compose'],
    ['nothing', seen.bare, ubuntu, 'docker.io docker-compose-v2'],
    ['docker-ce', `${seen.ce}plugin 2.40\n`, debian13, 'docker-compose-plugin'],
    ['docker-ce, no lists yet', `${seen.ce}plugin unknown\n`, debian12, 'docker-compose-plugin'],
    ['docker-ce-cli alone', seen.cli, debian13, 'docker-ce containerd.io docker-compose-plugin'],
    ['docker.io', seen.io, debian13, 'docker.io docker-cli docker-compose'],
    ['docker.io', seen.io, ubuntu, 'docker.io docker-compose-v2'],
    ['moby', seen.moby, ubuntu, 'moby-compose'],
  ])('%s on %o', (_, text, platform, packages) => {
    expect(said(text, platform)).toBe(packages)
  })

  it.each([
    [
      'docker-ce whose repository is gone',
      `${seen.ce}plugin (none)\n`,
      debian13,
      /apt knows no such package[^]*repository that it came from is no more/,
    ],
    [
      'docker.io where the distribution has no compose v2',
      seen.io,
      debian12,
      /no compose v2 for its docker.io, which is on this host[^]*cli-plugins/,
    ],
    ['a snap', seen.snap, ubuntu, /as a snap[^]*sudo snap remove docker/],
    ['podman', seen.podman, debian13, /podman-docker[^]*podman itself can stay/],
    [
      'a program put there by hand',
      seen.byHand,
      debian13,
      /no package brought \(\/usr\/local\/bin\/dockerd\), and `docker compose` does not run[^]*cli-plugins/,
    ],
  ])('%s is refused with the mend', (_, text, platform, words) => {
    expect(said(text, platform)).toMatch(words)
  })

  it('says what to do where the distribution has no compose v2', () => {
    expect(() => dockerPackages(debian12)).toThrow('no compose v2')
  })
})
