import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'servers-routing'
let lab: Lab
let inventory: string

const address = (): string => lab.hosts[0]?.address ?? ''
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))

/** How each app of the host is found. All are the same image, and tell their names by a variable. */
const apps: Record<string, { access: unknown; [key: string]: unknown }> = {
  home: { access: 'local' },
  blog: { access: { path: '/blog', strip_path: true } },
  photos: { access: { domain: 'photos.home.local', https: 'off', redirect_from: ['pictures.home.local'] } },
  album: { access: { domain: 'photos.home.local', path: '/album', strip_path: true, https: 'off' } },
  guarded: {
    access: { domain: ['guarded.home.local', 'g'], https: 'off' },
    proxy: { basic_auth: { alice: { env: 'ALICE_PASSWORD' } }, body_limit: '1k', security_headers: true },
  },
  closed: { access: { domain: 'closed.home.local', https: 'off' }, proxy: { allow: ['192.0.2.0/24'] } },
}
const names = Object.keys(apps)
const secrets = { ALICE_PASSWORD: "it's 16 bytes + ü" }

interface Answer {
  status: number
  headers: string
  body: string
}

/** A request of a client outside, to this host by its address. */
async function get(host: string, path = '/', more: readonly string[] = []): Promise<Answer> {
  const url = `http://${host || address()}${path}`
  const argv = ['curl', '-s', '-i', '--max-time', '20', '--connect-to', `::${address()}:80`, ...more, url]
  const { stdout } = await attempt(argv)
  const [headers = '', body = ''] = stdout.split('\r\n\r\n')
  return { status: Number(/^HTTP\/\S+ (\d+)/.exec(headers)?.[1]), headers, body }
}

/** The app whose slot answered: its route marks its answers, and Docker knows whose mark that is. */
async function appOf({ headers }: Answer): Promise<string> {
  const mark = /^x-cutover: (\S+)/im.exec(headers)?.[1] ?? 'nobody'
  const format = '{{.Label "cutover.app"}}'
  return (await on(`sudo docker ps --filter label=cutover.mark=${mark} --format '${format}'`)).trim()
}

/** The slot that an app's route leads to. */
const appSlot = (app: string): Promise<string> =>
  on(`sudo grep -m 1 'service: ${app}-' /opt/traefik/dynamic/${app}.yaml`)

const run = (playbook: string, ...args: string[]): Promise<{ code: number; output: string }> =>
  cutover(playbook, args, inventory, secrets)

describe.skipIf(!inject('lab')).sequential('several apps on a host', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    inventory = variant(lab, 'several', (raw) => {
      const { image } = raw.apps.shop ?? {}
      raw.apps = Object.fromEntries(
        Object.entries(apps).map(([app, more]) => [
          app,
          { image, follow: 'gate', poll: 59, health: { interval: 2, timeout: 60 }, bake: 1, drain: 5, ...more },
        ]),
      )
    })
    expect(failureOf(await run('setup'))).toBe('')
    for (const app of names) expect(failureOf(await run('deploy', '--app', app, '--tag', 'gate'))).toBe('')
  })
  afterAll(() => down(name))

  it.each([
    ['home', '', '/'],
    ['home', 'unknown.example.org', '/'],
    ['home', '', '/blogger'],
    ['blog', '', '/blog/health'],
    ['photos', 'photos.home.local', '/health'],
    ['photos', 'photos.home.local', '/albums'],
    ['album', 'photos.home.local', '/album/health'],
    ['album', 'PHOTOS.home.local', '/album/health'],
  ])('%s answers to http://%s%s', async (app, host, path) => {
    expect(await appOf(await get(host, path))).toBe(app)
  })

  it('leads other names to the domain, with the path', async () => {
    const { status, headers } = await get('pictures.home.local', '/a?b=1')
    expect(status).toBe(301)
    expect(headers).toContain('Location: http://photos.home.local/a?b=1')
  })

  it('asks for a password, which the host does not have', async () => {
    const wrong = await get('g', '/health', ['-u', 'alice:x'])
    expect([wrong.status, wrong.body.includes('401')]).toEqual([401, true])
    const right = await get('guarded.home.local', '/health', ['-u', `alice:${secrets.ALICE_PASSWORD}`])
    expect([right.status, await appOf(right)]).toEqual([200, 'guarded'])
    expect(right.headers).toMatch(/X-Content-Type-Options: nosniff/i)
    expect(right.headers).not.toMatch(/Set-Cookie/i)
    expect(await on('sudo stat -c "%a %U" /opt/traefik/dynamic/guarded.users.yaml')).toBe('600 root')
    const found = await on(`sudo grep -rlF "it's 16 bytes" /opt /etc /var/log /root 2>/dev/null || true`)
    expect(found).toBe('')
  })

  it('takes a new password as soon as setup has run, and no release', async () => {
    const changed = await cutover('setup', [], inventory, { ALICE_PASSWORD: 'another password' })
    expect(failureOf(changed)).toBe('')
    expect(changed.output).not.toContain('settings are newer')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const statuses = await Promise.all(
      ['another password', secrets.ALICE_PASSWORD].map(
        async (password) => (await get('g', '/health', ['-u', `alice:${password}`])).status,
      ),
    )
    expect(statuses).toEqual([200, 401])
    expect(failureOf(await run('setup'))).toBe('')
  })

  it('takes no larger request than it may, and no client that may not come', async () => {
    const body = join(lab.directory, 'body')
    writeFileSync(body, Buffer.alloc(2_000))
    const auth = ['-u', `alice:${secrets.ALICE_PASSWORD}`]
    expect((await get('g', '/health', [...auth, '--data-binary', `@${body}`])).status).toBe(413)
    const closed = await get('closed.home.local')
    expect([closed.status, await appOf(closed)]).toEqual([403, 'closed'])
  })

  it('is in maintenance until that is ended, whatever is released', async () => {
    expect(failureOf(await run('maintenance', 'on', '--app', 'photos', '--retry-after', '77'))).toBe('')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const down = await get('photos.home.local')
    expect([down.status, /Retry-After: 77/i.test(down.headers)]).toEqual([503, true])
    expect(down.body).toContain('<h1>Back soon</h1>')
    expect(await appOf(await get('photos.home.local', '/album/health'))).toBe('album')
    const before = await appSlot('photos')
    expect(
      failureOf(await run('deploy', '--app', 'photos', '-e', 'apps.photos.bake=2', '-e', 'apps.photos.memory=256m')),
    ).toBe('')
    expect(await appSlot('photos')).not.toBe(before)
    expect((await get('photos.home.local')).status).toBe(503)
    expect((await run('status')).output).toContain('photos is in maintenance')
    expect(failureOf(await run('maintenance', 'off', '--app', 'photos'))).toBe('')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await appOf(await get('photos.home.local'))).toBe('photos')
  })

  it('is set up again without a change', async () => {
    expect((await run('setup')).output).toMatch(/changed=0 +failed=0/)
  })

  it('answers with a page of its own where no app does, and says nothing of the apps', async () => {
    expect(failureOf(await run('purge', 'home', '--yes-purge', 'home'))).toBe('')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const unknown = await get('nobody.example.org', '/some/where?q=1')
    expect([unknown.status, unknown.body]).toEqual([404, expect.stringContaining('<h1>Nothing is here</h1>') as string])
    expect(unknown.headers).toMatch(/Cache-Control: no-store/i)
    for (const app of names) expect(unknown.headers + unknown.body).not.toContain(app)
    expect((await get('', '/', ['-d', 'x=1'])).status).toBe(404)
    expect((await get('', '/', ['--head'])).status).toBe(404)
    expect(await appOf(await get('photos.home.local'))).toBe('photos')
    // The page is not what decides about the status.
    await on('sudo systemctl stop cutover-pages')
    expect((await get('nobody.example.org')).status).toBe(404)
  })

  it('shows the pages of the inventory instead', async () => {
    writeFileSync(join(lab.directory, 'gone.html'), '<p>Ask the ü desk</p>\n')
    const own = variant({ ...lab, inventory }, 'pages', (raw) => {
      raw.vars.traefik = { ...(raw.vars.traefik as object), pages: { not_found: 'gone.html' } }
      delete raw.apps.home
    })
    const ended = await cutover('setup', ['--tags', 'traefik'], own, secrets)
    expect([failureOf(ended), ended.output]).toEqual(['', expect.stringContaining('404.html') as string])
    expect(await get('nobody.example.org')).toMatchObject({ status: 404, body: '<p>Ask the ü desk</p>\n' })
    const missing = variant({ ...lab, inventory }, 'no-page', (raw) => {
      raw.vars.traefik = { ...(raw.vars.traefik as object), pages: { maintenance: 'missing.html' } }
    })
    expect((await cutover('setup', [], missing, secrets)).output).toMatch(
      /missing\.html cannot be read[\s\S]*pages: \{ maintenance: FILE \}/,
    )
  })
})
