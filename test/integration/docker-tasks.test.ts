import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { images } from '../../lab/images.ts'
import { down, type Lab, up } from '../../lab/lab.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import { image } from '../../tasks/docker/image.ts'
import { network } from '../../tasks/docker/network.ts'
import { releases } from './releases.ts'
import { rootOf } from './root-of.ts'

const name = `docker-tasks-${process.env.CUTOVER_TEST_LAB ?? 'lab'}`
const registry = 'registry.lab:5000'

/** Docker 20.10 on Debian 12, and 26.1 on Debian 13. Their hosts are of this file alone: others want theirs without Docker. */
describe.skipIf(!inject('lab'))('tasks of Docker', () => {
  let lab: Lab
  beforeAll(async () => void (lab = await up(name, releases, () => undefined)))
  afterAll(() => down(name))

  describe.each(releases)('on Debian %i', (debian) => {
    let host: Host
    let close: () => Promise<void>
    beforeAll(async () => {
      const { name } = lab.hosts.find((each) => each.debian === debian)!
      ;({ host, close } = await rootOf(lab, name))
      const client = debian === 12 ? [] : ['docker-cli']
      await host.$`mkdir -p ${`/etc/docker/certs.d/${registry}`}
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends docker.io ${client}`
      await host.write(`/etc/docker/certs.d/${registry}/ca.crt`, readFileSync(join(lab.directory, 'ca.crt'), 'utf8'))
    })
    afterAll(() => close())

    it('network', async () => {
      await prove(network('shop-backend'), host, { change: 'create' })
      expect((await host.$`docker network inspect -f ${'{{.Driver}}'} shop-backend`).stdout).toBe('bridge\n')
      await host.$`docker network create foreign`
      await expect(prove(network('foreign'), host)).rejects.toThrow('foreign')
    })

    it('image', async () => {
      const reference = `${registry}/${images.node}`
      await prove(image(reference), host, { change: 'pull' })
      expect((await host.$`docker run --rm ${reference} node -p 1+1`).stdout).toBe('2\n')
    })
  })
})
