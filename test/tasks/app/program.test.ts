import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { pollerSettings } from '../../../tasks/app/poller-settings.ts'
import { poller } from '../../../tasks/app/poller.ts'
import { commands, program } from '../../../tasks/app/program.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { filesOf, runAll } from './run.ts'

const app = toApp('shop', '192.0.2.1', appSettings.parse({ image: 'ghcr.io/you/shop', follow: 'stable', poll: 7 }))
const digest = `docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' node:24-slim`
const pinned = `node@sha256:${'0'.repeat(64)}`

/** The task that pins the image of the runtime, on a host with this image and this file. */
async function pin(image: string | null, file?: string): Promise<{ summary: string | null; host: ScriptedHost }> {
  let there = image
  const host = new ScriptedHost(
    (command) => {
      if (command === 'docker pull node:24-slim') return { changes: () => (there = `${pinned}\n`) }
      if (command.startsWith(digest)) return there === null ? { code: 1 } : there
      return undefined
    },
    { files: file === undefined ? {} : { '/opt/cutover/runtime': file } },
  )
  const tasks = program({ bundle: '', runtime: 'node:24-slim' }).filter(({ name }) => name === 'runtime node:24-slim')
  return { summary: (await runAll(host, tasks))['runtime node:24-slim'] ?? null, host }
}

describe('the program on a host', () => {
  it('is a folder of scripts, a template, a bundle and a runtime', async () => {
    const host = new ScriptedHost(() => `${pinned}\n`)
    const summaries = await runAll(host, program({ bundle: 'the bundle', runtime: 'node:24-slim' }))
    expect(summaries).toMatchInlineSnapshot(`
      {
        "directory /opt/cutover": "new",
        "directory /opt/cutover/bin": "new",
        "directory /opt/cutover/registries": "new",
        "directory /opt/cutover/templates": "new",
        "directory /var/log/cutover": "new",
        "file /opt/cutover/bin/cutover.mjs": "new",
        "file /opt/cutover/cutover.sh": "new",
        "file /opt/cutover/database-password.sh": "new",
        "file /opt/cutover/digest.sh": "new",
        "file /opt/cutover/heal.sh": "new",
        "file /opt/cutover/held.sh": "new",
        "file /opt/cutover/lock.sh": "new",
        "file /opt/cutover/locked.sh": "new",
        "file /opt/cutover/poll.sh": "new",
        "file /opt/cutover/registry-failure.sh": "new",
        "file /opt/cutover/registry-get.sh": "new",
        "file /opt/cutover/registry-login.sh": "new",
        "file /opt/cutover/registry.sh": "new",
        "file /opt/cutover/standby.sh": "new",
        "file /opt/cutover/tags.sh": "new",
        "file /opt/cutover/templates/route.yaml.njk": "new",
        "file /opt/cutover/version": "new",
        "runtime node:24-slim": "pull and pin",
      }
    `)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "install -d -m 755 -o root -g root -- /opt/cutover",
        "install -d -m 755 -o root -g root -- /opt/cutover/bin",
        "install -d -m 755 -o root -g root -- /opt/cutover/templates",
        "install -d -m 755 -o root -g root -- /var/log/cutover",
        "install -d -m 700 -o root -g root -- /opt/cutover/registries",
        "write /opt/cutover/cutover.sh 755 root:root",
        "write /opt/cutover/database-password.sh 755 root:root",
        "write /opt/cutover/digest.sh 755 root:root",
        "write /opt/cutover/heal.sh 755 root:root",
        "write /opt/cutover/held.sh 755 root:root",
        "write /opt/cutover/lock.sh 755 root:root",
        "write /opt/cutover/locked.sh 755 root:root",
        "write /opt/cutover/poll.sh 755 root:root",
        "write /opt/cutover/registry.sh 755 root:root",
        "write /opt/cutover/registry-failure.sh 755 root:root",
        "write /opt/cutover/registry-get.sh 755 root:root",
        "write /opt/cutover/registry-login.sh 755 root:root",
        "write /opt/cutover/standby.sh 755 root:root",
        "write /opt/cutover/tags.sh 755 root:root",
        "write /opt/cutover/templates/route.yaml.njk 644 root:root",
        "write /opt/cutover/bin/cutover.mjs 644 root:root",
        "write /opt/cutover/version 644 root:root",
        "docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' node:24-slim 2>/dev/null",
        "docker pull node:24-slim",
        "docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' node:24-slim",
        "write /opt/cutover/runtime 644 root:root",
      ]
    `)
    expect(host.files.get('/opt/cutover/bin/cutover.mjs')?.content).toBe('the bundle')
    expect(host.files.get('/opt/cutover/poll.sh')).toMatchObject({ mode: '755' })
  })

  it('stays with a runtime that is pinned', async () => {
    expect((await pin(`other@sha256:1\n${pinned}\n`, `${pinned}\n`)).summary).toBeNull()
  })

  it.each([
    ['without its image', null, `${pinned}\n`],
    ['without its pin', `${pinned}\n`, undefined],
    ['with a pin of another image', `${pinned}\n`, 'node@sha256:1\n'],
  ])('pulls and pins a runtime %s', async (_, image, file) => {
    const { summary, host } = await pin(image, file)
    expect(summary).toBe('pull and pin')
    expect(host.commands.slice(image === null ? 0 : 1).slice(-3)).toEqual([
      'docker pull node:24-slim',
      digest,
      'write /opt/cutover/runtime 644 root:root',
    ])
    expect(host.files.get('/opt/cutover/runtime')?.content).toBe(`${pinned}\n`)
  })
})

it('an app has four commands and its settings', async () => {
  const host = new ScriptedHost(() => '')
  expect(await runAll(host, commands(app))).toMatchInlineSnapshot(`
    {
      "file /opt/shop/settings.json": "new",
      "link /opt/shop/deploy": "→ /opt/cutover/cutover.sh",
      "link /opt/shop/finish": "→ /opt/cutover/cutover.sh",
      "link /opt/shop/heal": "→ /opt/cutover/cutover.sh",
      "link /opt/shop/rollback": "→ /opt/cutover/cutover.sh",
      "link /opt/shop/status": "→ /opt/cutover/cutover.sh",
    }
  `)
  expect(host.commands).toMatchInlineSnapshot(`
    [
      "write /opt/shop/settings.json 644 root:root",
      "mkdir -p -- /opt/shop; ln -sfT -- /opt/cutover/cutover.sh /opt/shop/deploy",
      "mkdir -p -- /opt/shop; ln -sfT -- /opt/cutover/cutover.sh /opt/shop/rollback",
      "mkdir -p -- /opt/shop; ln -sfT -- /opt/cutover/cutover.sh /opt/shop/finish",
      "mkdir -p -- /opt/shop; ln -sfT -- /opt/cutover/cutover.sh /opt/shop/status",
      "mkdir -p -- /opt/shop; ln -sfT -- /opt/cutover/cutover.sh /opt/shop/heal",
    ]
  `)
  expect(filesOf(host)).toMatchInlineSnapshot(`
    "== /opt/shop/settings.json 644 root:root
    {
      "app": {
        "name": "shop",
        "address": "192.0.2.1",
        "image": "ghcr.io/you/shop",
        "follow": "stable",
        "poll": 7,
        "keep": 5,
        "access": "local",
        "port": 8000,
        "health": {
          "path": "/health",
          "timeout": 60,
          "interval": 5
        },
        "bake": 10,
        "drain": 30,
        "standby": 600,
        "timeouts": {
          "read": 600,
          "write": 0,
          "idle": 180,
          "connect": 30,
          "response": 0,
          "keep_alive": 3
        }
      },
      "backend": false
    }
    "
  `)
})

it('the poller is two files', async () => {
  const host = new ScriptedHost(() => '')
  await runAll(host, poller(app, { host: 'web-1', settings: pollerSettings.parse({}) }))
  expect(filesOf(host)).toMatchInlineSnapshot(`
    "== /opt/shop/follow 644 root:root
    ghcr.io/you/shop
    stable
    == /etc/cron.d/cutover-shop 644 root:root
    # Written by Cutover: is there a new release of shop? Does what serves it run?
    SHELL=/bin/sh
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    5-59/7 * * * * root /opt/cutover/poll.sh shop 30 >>/var/log/cutover/shop-poller.log 2>&1
    * * * * * root /opt/cutover/heal.sh shop >>/var/log/cutover/shop-poller.log 2>&1
    "
  `)
})
