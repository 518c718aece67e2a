import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { type Engine, engineFact } from '../../../../tasks/docker/engine/engine-fact.ts'
import { dockerEngine, type EngineOptions } from '../../../../tasks/docker/engine/engine.ts'
import { platformFact } from '../../../../tasks/system/platform.ts'
import { policyOf } from '../../system/apt-commands.ts'

const platform = {
  distro: 'debian',
  release: '13',
  codename: 'trixie',
  base: { distro: 'debian', codename: 'trixie' },
  architecture: 'amd64',
  docker: 'linux/amd64',
}
const complete: Engine = { kind: 'docker-ce', daemon: true, compose: true, path: '/usr/bin/dockerd', plugin: true }

/** A host with a Docker, and with these packages of those that are asked for. */
const hostWith = (engine: Partial<Engine>, installed = ''): ScriptedHost =>
  new ScriptedHost(
    (command) =>
      command.startsWith('dpkg-query')
        ? installed
        : command.includes('apt-cache policy')
          ? policyOf(Object.fromEntries(namesIn(command).map((name) => [name, [null, '1.0']])))
          : '',
    {
      facts: [
        [engineFact as never, { ...complete, ...engine }],
        [platformFact as never, platform],
      ],
    },
  )

/** The packages that a command asks about. */
const namesIn = (command: string): string[] => command.split(' policy ')[1]?.split(' ') ?? []

describe('a Docker', () => {
  it.each<[string, Partial<Engine>, string[] | undefined, string, string | null]>([
    ['is complete', {}, undefined, '', null],
    ['is complete, whatever packages are named', {}, ['docker.io'], '', null],
    ['has no compose', { compose: false }, undefined, '', 'install docker-compose-plugin'],
    [
      'has no daemon, and the inventory names packages',
      { kind: 'none', daemon: false },
      ['docker-x', 'docker-y'],
      'docker-x all installed install 1.0\n',
      'install docker-y',
    ],
    [
      'has no compose that runs, though its package is installed',
      { compose: false },
      undefined,
      'docker-compose-plugin all installed install 1.0\n',
      'docker compose does not run',
    ],
  ])('%s', async (_, engine, packages, installed, summary) => {
    const change = await dockerEngine({ packages }).check(hostWith(engine, installed).host)
    expect(change?.summary ?? null).toBe(summary)
  })

  it.each<[Engine['kind'], RegExp]>([
    ['snap', /^Docker is on this host as a snap/],
    ['podman', /podman-docker/],
  ])('that is a %s is refused, whatever packages are named', async (kind, message) => {
    await expect(
      dockerEngine({ packages: ['docker.io'] }).check(hostWith({ kind, compose: kind === 'snap' }).host),
    ).rejects.toThrow(message)
  })

  it('gets its packages by apt', async () => {
    const host = hostWith({ compose: false })
    await dockerEngine().apply(host.host, { summary: '' })
    expect(host.commands.at(-1)).toMatch(/ apt-get .* install .* docker-compose-plugin$/)
    expect(dockerEngine().name).toBe('docker')
  })

  it.each<[string, Partial<Engine>, string]>([
    ['is complete by now', {}, ''],
    ['has its packages by now', { compose: false }, 'docker-compose-plugin all installed install 1.0\n'],
  ])('that %s gets none', async (_, engine, installed) => {
    const host = hostWith(engine, installed)
    await dockerEngine().apply(host.host, { summary: '' })
    expect(host.commands.filter((command) => command.includes('apt-get'))).toEqual([])
  })

  it.each<[string, Partial<Engine>, EngineOptions, string[]]>([
    [
      'of the distribution stays, where Docker’s own is asked for',
      { kind: 'docker.io' },
      { source: 'docker', version: '5:28.*' },
      [
        'the Docker that is there stays (docker.io), although docker.source is docker: a change would stop its containers, so it is yours to make',
        "docker.version is for Docker's own packages, and the Docker that is there is docker.io",
      ],
    ],
    [
      'of Docker stays, where the distribution’s is asked for',
      { kind: 'docker-ce' },
      { source: 'distribution' },
      [
        'the Docker that is there stays (docker-ce), although docker.source is distribution: a change would stop its containers, so it is yours to make',
      ],
    ],
    ['stays without a word where nobody asks for another', { kind: 'docker.io' }, {}, []],
    ['stays without a word where it is to be present', { kind: 'moby' }, { source: 'present' }, []],
  ])('%s', async (_, engine, options, notes) => {
    const said: string[] = []
    const task = dockerEngine({ ...options, tell: (note) => void said.push(note) })
    const { host } = hostWith(engine)
    expect([await task.check(host), await task.check(host)]).toEqual([null, null])
    expect(said).toEqual(notes)
  })

  const pinned = { version: '1.*' }
  it.each<[string, Partial<Engine>, string, string | null]>([
    [
      'is installed in the version that is named, and held',
      { kind: 'none', daemon: false },
      '',
      'install containerd.io docker-buildx-plugin docker-compose-plugin docker-ce=1.* docker-ce-cli=1.*, hold docker-ce docker-ce-cli',
    ],
    [
      'of another version becomes that one',
      {},
      'docker-ce all installed hold 0.9\ndocker-ce-cli all installed hold 1.0\n',
      'docker-ce 0.9 → 1.*',
    ],
    [
      'of that version is held',
      {},
      'docker-ce all installed install 1.0\ndocker-ce-cli all installed hold 1.0\n',
      'hold docker-ce',
    ],
    [
      'that is held is as it should be',
      {},
      'docker-ce all installed hold 1.0\ndocker-ce-cli all installed hold 1.0\n',
      null,
    ],
  ])('%s', async (_, engine, installed, summary) => {
    const change = await dockerEngine(pinned).check(hostWith(engine, installed).host)
    expect(change?.summary ?? null).toBe(summary)
  })
})
