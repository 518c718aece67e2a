import { describe, expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Task } from '../../../runner/index.ts'
import { noFolder, purgeSteps } from '../../../tasks/purge/steps.ts'

/** A host on which all of this is, until a command removes it. */
function hostWith(lines: readonly string[]): ScriptedHost {
  return new ScriptedHost((command): ScriptedOutput => {
    if (command.startsWith('sh -c ')) return `${lines.join('\n')}\n`
    return command.startsWith('grep -l ') && command.includes('cron.d') ? '/etc/cron.d/cutover-shop\n' : ''
  })
}

/** What the steps do on a host, without what they ask it. */
async function done(host: ScriptedHost, steps: readonly Task[]): Promise<string[]> {
  for (const step of steps) {
    const change = await step.check(host.host)
    if (change) await step.apply(host.host, change)
  }
  return host.commands.filter((command) => !command.startsWith('sh -c ') && !command.startsWith('grep '))
}

const lines = [
  ...['routes /opt/traefik/dynamic/shop.yaml', 'running shop-green', 'stopped shop-blue', 'networks shop-backend'],
  ...['images x@sha256:1', 'volumes shop-postgres\t1M', 'backups /opt/shop/backups/a\t1M', 'logs /var/log/a'],
  ...['files /opt/shop/app.env', 'foreign /opt/shop/notes'],
]

describe('a purge', () => {
  it('ends what may start the app again, then what sends users to it, then it, and keeps the data', async () => {
    expect(await done(hostWith(lines), purgeSteps('shop', false))).toMatchInlineSnapshot(`
      [
        "rm -f -- /etc/cron.d/cutover-shop",
        "rm -rf --one-file-system -- /opt/traefik/dynamic/shop.yaml",
        "docker update --restart no shop-green shop-blue >/dev/null; docker stop shop-green shop-blue >/dev/null; docker rm shop-green shop-blue >/dev/null",
        "docker network rm shop-backend >/dev/null 2>&1",
        "docker image rm x@sha256:1 >/dev/null 2>&1",
        "rm -rf --one-file-system -- /var/log/a",
        "rm -rf --one-file-system -- /opt/shop/app.env",
      ]
    `)
  })

  it('removes the data where that is wanted', async () => {
    const commands = await done(hostWith(lines), purgeSteps('shop', true))
    expect(commands).toContain('docker volume rm shop-postgres >/dev/null')
    expect(commands).toContain('rm -rf --one-file-system -- /opt/shop/backups/a')
    expect(commands.join('\n')).not.toContain('notes')
  })

  it('takes the server of another app off its network, and its database out of that with the data only', async () => {
    const host = hostWith(['networks shop-backend', 'databases shop in data-postgres'])
    host.files.write('/opt/shop/postgres/server', 'data\nshop\nshop\n', {})
    expect((await done(host, purgeSteps('shop', false))).slice(1)).toEqual([
      'docker network disconnect shop-backend data-postgres >/dev/null 2>&1',
      'docker network rm shop-backend >/dev/null 2>&1',
    ])
    expect(purgeSteps('shop', false).map(({ name }) => name)).not.toContain('no database of shop')
    const names = purgeSteps('shop', true).map(({ name }) => name)
    expect(names.indexOf('no database of shop')).toBeLessThan(names.indexOf('no backups of shop'))
    expect(names).toContain('no database of shop')
  })

  it('does nothing where nothing is', async () => {
    const host = new ScriptedHost(() => '')
    expect(await done(host, purgeSteps('shop', true))).toEqual([])
  })

  it.each([
    ['there', 'remove /opt/shop'],
    ['there\nkept', undefined],
    ['', undefined],
  ])('a folder of which the host says %j: %s', async (stdout, summary) => {
    const host = new ScriptedHost(() => stdout)
    expect((await noFolder('shop').check(host.host))?.summary).toBe(summary)
  })
})
