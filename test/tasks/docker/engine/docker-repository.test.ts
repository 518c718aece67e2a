import { describe, expect, it } from 'vitest'
import { message } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { type AptSources, aptSourcesFact, sourceMark } from '../../../../tasks/docker/engine/apt-sources-fact.ts'
import { dockerRepository, type DockerRepositoryOptions } from '../../../../tasks/docker/engine/docker-repository.ts'
import { type Engine, engineFact } from '../../../../tasks/docker/engine/engine-fact.ts'
import { type Platform, platformFact } from '../../../../tasks/system/platform.ts'
import { other, signer } from '../../system/keys.ts'

const address = 'https://mirror.example.org/docker'
const sourcesPath = '/etc/apt/sources.list.d/docker.sources'
const keyPath = '/etc/apt/keyrings/docker.asc'
const sourcesText = (suite: string, distro = 'debian'): string => `# ${sourceMark}
Types: deb
URIs: ${address}/linux/${distro}
Suites: ${suite}
Components: stable
Architectures: arm64
Signed-By: ${keyPath}
`

const none: Engine = { kind: 'none', daemon: false, compose: false, path: '', plugin: false }
const ce: Engine = { kind: 'docker-ce', daemon: true, compose: true, path: '/usr/bin/dockerd', plugin: true }
const io: Engine = { ...ce, kind: 'docker.io' }
const trixie: Platform['base'] = { distro: 'debian', codename: 'trixie' }
const bookworm: Platform['base'] = { distro: 'debian', codename: 'bookworm' }

interface Situation {
  engine?: Engine
  sources?: AptSources
  base?: Platform['base']
  files?: Record<string, string>
  /** What the repository says about its suites. */
  carried?: string
  /** What fetching the key prints. */
  fetched?: string
}

function hostWith({
  engine = none,
  sources,
  base = trixie,
  files,
  carried = '',
  fetched = '',
}: Situation): ScriptedHost {
  const platform: Platform = {
    distro: 'x',
    release: '',
    codename: '',
    base,
    architecture: 'arm64',
    docker: 'linux/arm64',
  }
  return new ScriptedHost(
    (command) => (command.includes('/dists/') ? carried : command.includes('folder/key') ? fetched : ''),
    {
      files,
      facts: [
        [engineFact as never, engine],
        [platformFact as never, platform],
        [aptSourcesFact as never, sources ?? { ours: false, others: false }],
      ],
    },
  )
}

const notes: string[] = []
const task = (more: Partial<DockerRepositoryOptions> = {}): ReturnType<typeof dockerRepository> =>
  dockerRepository({ address, fingerprint: signer.fingerprint, tell: (note) => void notes.push(note), ...more })
const ours = (suite: string): AptSources => ({ ours: true, suite, others: false })
const inPlace = { [sourcesPath]: sourcesText('trixie'), [keyPath]: signer.armored }
const base64 = Buffer.from(signer.armored).toString('base64')

describe("Docker's repository", () => {
  const added = `new, ${address}/linux/debian for trixie`
  it.each<[string, Situation, Partial<DockerRepositoryOptions>, string | null]>([
    ['is added where no Docker is', {}, {}, added],
    [
      'is added for a release of Ubuntu',
      { base: { distro: 'ubuntu', codename: 'noble' } },
      {},
      `new, ${address}/linux/ubuntu for noble`,
    ],
    ['is not added where somebody’s source has it', { sources: { ours: false, others: true } }, {}, null],
    ['is not added beside the distribution’s Docker', { engine: io }, {}, null],
    ['is not added beside it when asked for, if nothing is missing', { engine: io }, { source: 'docker' }, null],
    [
      'is added for the compose that Debian 12 lacks',
      { engine: { ...io, compose: false }, base: bookworm },
      { source: 'docker' },
      `new, ${address}/linux/debian for bookworm`,
    ],
    ['is not added for it unasked', { engine: { ...io, compose: false }, base: bookworm }, {}, null],
    ['is not added for Docker’s own packages unasked', { engine: ce }, {}, null],
    ['is added for them when asked for', { engine: ce }, { source: 'docker' }, added],
    ['stays as it is', { engine: ce, sources: ours('trixie'), files: inPlace }, {}, null],
    [
      'gets its key again',
      { engine: ce, sources: ours('trixie'), files: { ...inPlace, [keyPath]: other.armored } },
      {},
      'key',
    ],
    [
      'gets the key of the inventory',
      { engine: ce, sources: ours('trixie'), files: { ...inPlace, [keyPath]: other.armored } },
      { key: signer.armored },
      `key ${signer.fingerprint}`,
    ],
    [
      'is mended where its file was changed',
      { engine: ce, sources: ours('trixie'), files: { ...inPlace, [sourcesPath]: `${sourcesText('trixie')}# x\n` } },
      {},
      'sources',
    ],
    [
      'stays while its release is not there yet',
      {
        engine: ce,
        sources: ours('bookworm'),
        carried: 'suite bookworm\n',
        files: { ...inPlace, [sourcesPath]: sourcesText('bookworm') },
      },
      {},
      null,
    ],
    [
      'becomes that of the release once it is there',
      {
        engine: ce,
        sources: ours('bookworm'),
        carried: 'suite trixie\n',
        files: { ...inPlace, [sourcesPath]: sourcesText('bookworm') },
      },
      {},
      'sources',
    ],
    [
      'stays when it cannot be asked',
      {
        engine: ce,
        sources: ours('bookworm'),
        carried: 'no route\n',
        files: { ...inPlace, [sourcesPath]: sourcesText('bookworm') },
      },
      {},
      null,
    ],
  ])('%s', async (_, situation, options, summary) => {
    expect((await task(options).check(hostWith(situation).host))?.summary ?? null).toBe(summary)
  })

  it('is written with the suite that it carries, and the key that has the fingerprint; what is used instead is said', async () => {
    notes.length = 0
    const host = hostWith({ carried: 'suite bookworm\n', fetched: base64 })
    const added = task()
    await added.apply(host.host, { summary: '' })
    expect(host.files.text(sourcesPath)).toBe(sourcesText('bookworm'))
    expect(host.files.text(keyPath)).toBe(signer.armored)
    expect(host.commands.filter((command) => command.includes('folder/key')).join()).toContain(
      `${address}/linux/debian/gpg`,
    )
    expect(host.commands.at(-1)).toMatch(/apt-get .*update/)
    await added.apply(host.host, { summary: '' })
    expect(notes).toEqual(["Docker's repository has no packages for trixie yet: those for bookworm are used"])
  })

  it('has Docker’s address and fingerprint where the inventory names none', async () => {
    const own = dockerRepository({ tell: () => undefined })
    expect((await own.check(hostWith({}).host))?.summary).toMatch(/^new, https:\/\/[a-z.]+\/linux\/debian for trixie$/)
    const host = hostWith({ carried: 'suite trixie\n', fetched: base64 })
    await expect(own.apply(host.host, { summary: '' })).rejects.toThrow(
      `the key has the fingerprint ${signer.fingerprint}, not 9DC858229FC7DD38854AE2D88D81803C0EBFCD88`,
    )
    expect(host.written).toEqual([])
  })

  it.each<[string, Situation, RegExp]>([
    [
      'cannot be fetched',
      { fetched: '! Err:1 x\nE: Failed to fetch https://x/gpg  404  Not Found\n' },
      /^this host can't fetch the key at https:\/\/mirror\.example\.org\/docker\/linux\/debian\/gpg: 404 {2}Not Found$/,
    ],
    ['cannot be fetched, and apt says it otherwise', { fetched: '! no such method\n' }, /: no such method$/],
    ['is another one', { fetched: Buffer.from(other.armored).toString('base64') }, /has the fingerprint 10334A/],
    ['is a page', { fetched: Buffer.from('<html>').toString('base64') }, /not an OpenPGP public key/],
  ])('is not written if its key %s', async (_, situation, words) => {
    const host = hostWith({ carried: 'suite trixie\n', ...situation })
    const said: unknown = await task().apply(host.host, { summary: '' }).catch(message)
    expect(said).toMatch(words)
    expect(host.written).toEqual([])
  })

  it('is taken back where apt cannot read it', async () => {
    const host = new ScriptedHost(
      (command) =>
        command.includes('/dists/')
          ? 'suite trixie\n'
          : command.includes('folder/key')
            ? base64
            : command.includes('update')
              ? { code: 100, stderr: 'E: it is not signed' }
              : '',
      {
        facts: [
          [platformFact as never, { base: trixie, architecture: 'amd64' }],
          [aptSourcesFact as never, { ours: false, others: false }],
        ],
      },
    )
    await expect(task().apply(host.host, { summary: '' })).rejects.toThrow()
    expect(host.commands.slice(-2)).toEqual([`rm -f -- ${sourcesPath}`, `rm -f -- ${keyPath}`])
  })
})
