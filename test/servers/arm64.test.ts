import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { emulateArm64 } from '../../lab/arm64.ts'
import { arm64 } from '../../lab/base-images.ts'
import { engineEnv } from '../../lab/engine.ts'
import { down, type Lab, up } from '../../lab/lab.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { pullImage } from '../../tasks/blue-green/steps/pull.ts'
import { dockerRepository } from '../../tasks/docker/engine/docker-repository.ts'
import { packages } from '../../tasks/system/packages.ts'
import { platformFact } from '../../tasks/system/platform.ts'
import { applied } from '../integration/applied.ts'
import { appWith, contextOf } from '../tasks/blue-green/builders.ts'

const name = `servers-arm64${process.env.CUTOVER_TEST_LAB === undefined ? '' : `-${process.env.CUTOVER_TEST_LAB}`}`
const say = (line: string): void => console.log(`lab ${name}: ${line}`)

/** All its programs are for arm64, and QEMU runs them. Its dockerd is this machine's: QEMU has no networks for one. */
describe.skipIf(!inject('lab')).sequential('a host for arm64', () => {
  let lab: Lab
  let there: ThrowAway
  let takeBack = (): Promise<void> => Promise.resolve()
  beforeAll(async () => {
    lab = await up(name, [], say)
    takeBack = await emulateArm64(say)
    const engine = (engineEnv().DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '')
    const socket = ['-v', `${engine}:/srv/engine.sock`, '-e', 'DOCKER_HOST=unix:///srv/engine.sock']
    there = await throwAway({ image: arm64, run: ['--network', `cutover-lab-${name}`, ...socket], say })
  })
  afterAll(async () => {
    await there.close()
    await takeBack()
    await down(name)
  })

  it('is known as what it is', async () => {
    expect(await there.host.fact(platformFact)).toEqual({
      distro: 'debian',
      release: '13',
      codename: 'trixie',
      base: { distro: 'debian', codename: 'trixie' },
      architecture: 'arm64',
      docker: 'linux/arm64',
    })
  })

  it('gets Docker’s repository for its architecture, and packages for arm64 from it', async () => {
    const repository = dockerRepository({
      address: lab.docker.repository,
      fingerprint: lab.docker.fingerprint,
      tell: () => undefined,
    })
    expect(await applied(repository, there.host)).toBeNull()
    expect(await there.host.read('/etc/apt/sources.list.d/docker.sources')).toMatch(
      /^URIs: .*\/linux\/debian\nSuites: trixie\nComponents: stable\nArchitectures: arm64$/m,
    )
    there.facts.changed()
    expect(await repository.check(there.host)).toBeNull()
    expect(await applied(packages({ present: ['docker-ce-cli'] }), there.host)).toBeNull()
    const { stdout } = await there.host
      .$`dpkg-query -W -f ${'${Architecture} ${Version}\\n'} docker-ce-cli; docker version -f ${'{{.Client.Arch}}'}`
    expect(stdout).toBe('arm64 5:26.1.5-1~debian.13~trixie\narm64\n')
  })

  it('takes an image for arm64, and refuses one for amd64, of which nothing stays', async () => {
    there.facts.changed()
    const image = `${lab.registry}/shop`
    const digestOf = async (tag: string): Promise<string> => {
      await there.host.$`docker pull -q ${`${image}:${tag}`}`
      const { stdout } = await there.host
        .$`docker image inspect -f ${'{{index .RepoDigests 0}}'} ${`${image}:${tag}`}; docker image rm ${`${image}:${tag}`} >/dev/null`
      return stdout.trim().replace(/^.*@/, '')
    }
    const pull = async (tag: string): Promise<string | null> => {
      const digest = await digestOf(tag)
      const context = contextOf(appWith({ image }), {}, { wanted: { tag, digest, config: '' } })
      const said = await applied(pullImage(context), there.host)
      await there.host.$({ nothrow: true })`docker image rm ${`${image}@${digest}`}`
      return said
    }
    // The registry's image of the wrong architecture is for arm64 where this machine is amd64.
    expect(await pull('wrong-architecture')).toBeNull()
    expect(await pull('v1.0.0')).toMatch(/shop:v1\.0\.0 is for linux\/amd64, and this host is linux\/arm64\n/)
  })
})
