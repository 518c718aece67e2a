import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseInventory } from '../../runner/inventory/index.ts'
import { ranOn } from '../runner/ran.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
// The real ssh says how it understands what it is told (-G), and connects nowhere.
writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n/usr/bin/ssh -G "$@" >'${folder}/told'\nexit 255\n`, { mode: 0o755 })
writeFileSync(join(folder, 'key'), '')
writeFileSync(join(folder, 'config'), 'Host web\n  ProxyJump from-config\n  ConnectTimeout 1m\n')

async function told(yaml: string): Promise<Record<string, string>> {
  const inventory = parseInventory(yaml, join(folder, 'i.yaml'), z.unknown())
  const { PATH } = process.env
  process.env.PATH = `${folder}:${PATH}`
  try {
    await ranOn(inventory, inventory.hosts.slice(0, 1), {}, async ({ view }) => void (await view.$`true`))
  } finally {
    process.env.PATH = PATH
  }
  return Object.fromEntries(
    readFileSync(join(folder, 'told'), 'utf8')
      .split('\n')
      .map((line) => line.split(/ (.*)/) as [string, string]),
  )
}

describe('the ssh program is told', () => {
  const web = (more: string): string =>
    `{ defaults: { connection: openssh, user: deploy, ssh_config: config }, hosts: { web: {${more}}, bastion: { address: 192.0.2.9, port: 2022, user: jo } } }`

  it('login, keys, times, and to ask nobody', async () => {
    expect(
      await told(
        web(
          ` address: 192.0.2.1, port: 22022, identity: key, identities_only: true, known_hosts: 'known hosts', connect_timeout: 7, keepalive: 5 `,
        ),
      ),
    ).toMatchObject({
      user: 'deploy',
      host: '192.0.2.1',
      port: '22022',
      identityfile: join(folder, 'key'),
      identitiesonly: 'yes',
      userknownhostsfile: join(folder, 'known hosts'),
      connecttimeout: '7',
      serveraliveinterval: '5',
      stricthostkeychecking: 'true',
      forwardagent: 'no',
      controlmaster: 'true',
    })
  })

  it('the hosts to go through: its own, the inventory’s, or none', async () => {
    expect(await told(web(''))).toMatchObject({
      proxyjump: 'from-config',
      connecttimeout: '60',
      serveraliveinterval: '3',
      serveralivecountmax: '3',
    })
    expect(await told(web(" proxy_jump: 'bastion,pat@192.0.2.7:23' "))).toMatchObject({
      proxyjump: 'jo@192.0.2.9:2022,pat@[192.0.2.7]:23',
    })
    expect(await told(web(' proxy_jump: none '))).not.toHaveProperty('proxyjump')
  })
})
