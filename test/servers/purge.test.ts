import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, killedAt, variant } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'

const name = 'servers-purge'
let lab: Lab
let both = ''
let blogOnly = ''
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [`sudo sh -c ${quoted(script)}`]))
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
const purge = (args: readonly string[], inventory = both): Promise<Ended> => cutover('purge', args, inventory)
const thingsOf = (app: string): Promise<string> =>
  on(
    `ls -d /opt/${app} /etc/cron.d/cutover-${app} /opt/traefik/dynamic/${app}.yaml 2>/dev/null; docker ps -a --format "{{.Names}}" | grep "^${app}-"; docker network ls --format "{{.Name}}" | grep "^${app}-"; docker volume ls -q | grep "^${app}-"; true`,
  ).then((text) => text.trim().split('\n').filter(Boolean).sort().join(' '))

/** Two apps of one image: the shop with a database, a volume and a domain, the blog by the address of the host. */
describe.skipIf(!inject('lab')).sequential('an app is purged', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    const apps = (raw: { apps: Record<string, Record<string, unknown>>; vars: Record<string, unknown> }): void => {
      const { shop = {} } = raw.apps
      Object.assign(raw.vars, { traefik: { ...(raw.vars.traefik as object), email: 'you@example.org' } })
      raw.apps.blog = { ...shop, poll: 59 }
      raw.apps.shop = {
        ...shop,
        access: { domain: 'shop.lab.example.org' },
        volumes: { '/data/uploads': 'uploads' },
      }
    }
    both = variant(lab, 'both', apps)
    blogOnly = variant(lab, 'blog', (raw) => {
      apps(raw)
      delete raw.apps.shop
    })
    expect(failureOf(await cutover('setup', [], both))).toBe('')
    expect(failureOf(await cutover('deploy', ['--app', 'shop', '--tag', 'v1.0.0'], both))).toBe('')
    expect(failureOf(await cutover('deploy', ['--app', 'blog', '--tag', 'v1.0.0'], both))).toBe('')
    await on(
      'docker volume create shop-mine; docker network create shop-mine; echo mine >/opt/shop/notes.txt; echo "# mine" >/etc/cron.d/shop-mine; docker create --name shop-mine --network shop-mine $(docker inspect -f "{{.Image}}" traefik)',
    )
  })
  afterAll(() => down(name))

  it('only if somebody writes its name; before that it says what is there', async () => {
    const before = await thingsOf('shop')
    const asked = await purge(['shop'])
    expect(asked.code).toBe(2)
    for (const words of [
      'data, which is kept (--data removes it): shop-postgres (',
      'shop-uploads (',
      'serves now: /opt/traefik/dynamic/shop.yaml, ',
      'shop-postgres',
      'poller: /etc/cron.d/cutover-shop',
      "not Cutover's, and left alone: /opt/shop/notes.txt",
      'the inventory still places shop here: the next setup makes it again',
      '--yes-purge shop',
    ])
      expect(asked.output).toContain(words)
    expect(await purge(['shop', '--yes-purge', 'blog'])).toMatchObject({
      code: 2,
      output: expect.stringContaining("'blog' is not shop: nothing was removed") as string,
    })
    const checked = await purge(['shop', '--check'])
    expect(failureOf(checked)).toBe('')
    expect(checked.output).toContain('no containers of shop')
    expect(await thingsOf('shop')).toBe(before)
  })

  it('not while somebody releases it', async () => {
    await on(
      `printf 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo; sleep 1; done' >/root/beats; (sh /root/beats | sh /opt/cutover/lock.sh /opt/shop/lock '{"who":"ada","why":"release v9"}') >/dev/null 2>&1 &`,
    )
    await sleep(1_000)
    expect(await purge(['shop', '--yes-purge', 'shop'])).toMatchObject({
      code: expect.not.stringMatching('^0$') as number,
      output: expect.stringContaining('shop is being released on web-1 by ada') as string,
    })
    expect(await thingsOf('shop')).toContain('shop-postgres')
    await sleep(12_000)
  })

  it('is named by setup once it has left the inventory, and what it has', async () => {
    const { code, output } = await cutover('setup', [], blogOnly)
    expect(code).toBe(0)
    expect(output).toContain('web-1: shop is not in the inventory any more, and still there (app, poller, route).')
    expect(output).toMatch(/purge\S* shop --limit web-1/)
    expect((await cutover('setup', [], both)).output).not.toContain('not in the inventory any more')
  })

  it('also after a purge was killed in the middle; the other app and foreign things stay, and lose nothing', async () => {
    const load = await startLoad({ url: `http://${lab.hosts[0]!.address}` })
    await killedAt(
      { output: /changed +no route of shop/, after: 300 },
      'purge',
      ['shop', '--yes-purge', 'shop'],
      blogOnly,
    )
    expect(await thingsOf('shop')).not.toContain('dynamic/shop.yaml')
    const ended = await purge(['shop', '--yes-purge', 'shop'], blogOnly)
    expect(failureOf(ended)).toBe('')
    expect(ended.output).toContain('web-1: shop is gone, and this stays: ')
    expect(await load.stop()).toMatchObject({ failed: 0, lost: 0 })
    expect(await thingsOf('shop')).toBe('/opt/shop shop-mine shop-mine shop-mine shop-postgres shop-uploads')
    expect(await on('ls -A /opt/shop; cat /opt/shop/notes.txt /etc/cron.d/shop-mine')).toBe(
      '.cutover\nlock.guard\nnotes.txt\npostgres\nmine\n# mine',
    )
    expect((await cutover('setup', [], blogOnly)).output).not.toContain('not in the inventory any more')
  })

  it('has nothing left to be purged, but its data', async () => {
    const again = await purge(['shop', '--yes-purge', 'shop'], blogOnly)
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('there is nothing of shop') as string])
    expect(failureOf(await purge(['shop', '--data', '--yes-purge', 'shop'], blogOnly))).toBe('')
    expect(await thingsOf('shop')).toBe('/opt/shop shop-mine shop-mine shop-mine')
  })

  it('and so is the last one; then Traefik and the program may go, and Docker runs on', async () => {
    expect(await purge(['--all', '--yes-purge', 'all'], blogOnly)).toMatchObject({
      output: expect.stringContaining('web-1 still has blog: an app needs Traefik and the program') as string,
    })
    expect(failureOf(await purge(['blog', '--data', '--yes-purge', 'blog'], blogOnly))).toBe('')
    expect(await thingsOf('blog')).toBe('')
    expect(failureOf(await purge(['--all', '--data', '--yes-purge', 'all'], blogOnly))).toBe('')
    expect(
      await on(
        'ls -d /opt/cutover /opt/traefik /var/log/cutover /etc/logrotate.d/cutover 2>/dev/null; docker ps -aq --filter name=^traefik$; docker network ls -q --filter name=^traefik-public$; true',
      ),
    ).toBe('')
    expect(await on('systemctl restart docker; systemctl is-active docker; docker ps -a --format "{{.Names}}"')).toBe(
      'active\nshop-mine',
    )
    expect((await purge(['--all', '--yes-purge', 'all'], blogOnly)).output).toContain('there is nothing of Cutover')
  })

  it('and may come back by setup', async () => {
    await on('rm /opt/shop/notes.txt')
    expect(failureOf(await cutover('setup', [], both))).toBe('')
    expect(failureOf(await cutover('deploy', ['--app', 'shop', '--tag', 'v1.0.0'], both))).toBe('')
  })
})
