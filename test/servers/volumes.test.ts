import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { uploads } from '../../lab/app-images.ts'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { push } from '../../lab/registry.ts'

const name = ['servers-volumes', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab
let inventory: string
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
const get = async (path: string): Promise<string> => (await fetch(`http://${lab.hosts[0]!.address}${path}`)).text()
const json = async (path: string): Promise<unknown> => JSON.parse(await get(path))
const show = (path: string): Promise<string> => get(`/show?path=${encodeURIComponent(path)}`)
const version = async (): Promise<string> => ((await json('/')) as { version: string }).version
const deploy = (args: readonly string[], from = inventory): Promise<Ended> => cutover('deploy', args, from, env)
const env = { UPLOADS_KEY: 'the-key-of-the-uploads' }

const settings = (more: object = {}): object => ({
  image: 'registry.lab:5000/uploads',
  health: { interval: 2, timeout: 40 },
  bake: 4,
  drain: 10,
  user: '1000:1000',
  command: ['python', 'uploads.py', 'as-the-inventory-says'],
  migrate: ['python', 'uploads.py', 'migrate'],
  // No cpus and no memory: the kernel of a lab's machine may lack what limits them.
  init: true,
  shm: '32m',
  tmpfs: { '/tmp': '16m' },
  extra_hosts: { 'other.internal': '192.0.2.7' },
  env: { GREETING: 'hello' },
  secrets: { KEY: { env: 'UPLOADS_KEY' } },
  volumes: {
    '/data/uploads': { name: 'uploads', owner: '1000:1000' },
    '/data/media': { host: '/srv/media', owner: '1000:1000', mode: '750' },
    '/data/zone': { host: '/usr/share/zoneinfo', read_only: true },
  },
  files: {
    '/app/config.txt': { template: 'config.njk' },
    '/run/secrets/key': { secret: { env: 'UPLOADS_KEY' } },
    '/run/secrets/url': { template: 'url.njk', mode: '440', owner: '0:1000' },
  },
  ...more,
})
const withApp = (file: string, more: object = {}): string =>
  variant(lab, file, (raw) => Object.assign(raw, { apps: { uploads: settings(more) } }))

/** Uploads files, one after the other, until the work has ended. @returns the names that the app has taken */
async function uploading(prefix: string, work: () => Promise<void>): Promise<string[]> {
  const kept: string[] = []
  let ended = false
  const done = work().finally(() => (ended = true))
  while (!ended) {
    const file = `${prefix}-${kept.length}`
    const { status } = await fetch(`http://${lab.hosts[0]!.address}/uploads/${file}`, { method: 'PUT', body: file })
    expect(status).toBe(201)
    kept.push(file)
    await sleep(50)
  }
  await done
  return kept
}

describe.skipIf(!inject('lab')).sequential('an app with uploads', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    for (const each of ['v1', 'v2', 'broken']) await push(lab, uploads(each), `uploads:${each}`)
    writeFileSync(join(lab.directory, 'config.njk'), '{{ env.GREETING }} from {{ app }} on {{ host }}\n')
    writeFileSync(join(lab.directory, 'url.njk'), 'x://{{ secrets.KEY }}@{{ address }}\n')
    inventory = withApp('uploads')
    expect(failureOf(await cutover('setup', [], inventory, env))).toBe('')
    expect(failureOf(await deploy(['--tag', 'v1']))).toBe('')
  })
  afterAll(() => down(name))

  it('runs as its user, with its command, limits, files and hosts', async () => {
    expect(await json('/')).toEqual({ version: 'v1', uid: 1000, argv: ['as-the-inventory-says'] })
    expect(await show('/app/config.txt')).toBe('hello from uploads on web-1\n')
    expect(await show('/run/secrets/key')).toBe('the-key-of-the-uploads')
    expect(await show('/run/secrets/url')).toBe(`x://the-key-of-the-uploads@${lab.hosts[0]!.address}\n`)
    expect(await show('/data/zone/UTC')).toContain('TZif')
    expect(await show('/etc/hosts')).toContain('192.0.2.7')
    expect(await show('/proc/1/comm')).toBe('docker-init\n')
    expect(await show('/proc/mounts')).toMatch(/tmpfs \/tmp .*size=16384k/)
    expect(await on("docker inspect -f '{{.HostConfig.ShmSize}}' uploads-blue")).toBe('33554432')
    expect(await on('stat -c %a:%u:%g /srv/media')).toBe('750:1000:1000')
    expect(await json('/uploads')).toEqual(['migrated-by-v1'])
  })

  it('is set up: a second run changes nothing', async () => {
    const { output } = await cutover('setup', [], inventory, env)
    expect(output).toContain('nothing to change')
  })

  it('shows its secrets to nobody: not by a mode, a label or a command line', async () => {
    expect((await attempt(sshCommand(lab, 'web-1', ['ls /opt/uploads/files']))).code).not.toBe(0)
    expect(await on('sudo stat -c %a:%u /opt/uploads/files')).toBe('700:0')
    expect(await on('sudo grep -rlF the-key /opt/uploads | xargs sudo stat -c %a | sort -u | paste -sd " "')).toBe(
      '400 440 600',
    )
    expect(await on('docker inspect uploads-blue | grep -c the-key || true')).toBe('1')
    expect(
      await on("docker inspect -f '{{json .Config.Labels}}{{json .HostConfig}}{{json .Mounts}}' uploads-blue"),
    ).not.toContain('the-key')
  })

  it('keeps all that is uploaded during a release and during a rollback', async () => {
    const during = await uploading('release', async () => expect(failureOf(await deploy(['--tag', 'v2']))).toBe(''))
    expect(await version()).toBe('v2')
    const back = await uploading('rollback', async () =>
      expect(failureOf(await cutover('rollback', [], inventory, env))).toBe(''),
    )
    expect(await version()).toBe('v1')
    console.log(`${during.length} uploads during the release, ${back.length} during the rollback`)
    expect(during.length).toBeGreaterThan(20)
    expect(await json('/uploads')).toEqual([...during, ...back, 'migrated-by-v1', 'migrated-by-v2'].sort())
  })

  it('keeps them when the program on the host releases', async () => {
    const before = await json('/uploads')
    expect(await on('sudo /opt/uploads/deploy v2')).toContain('changed')
    expect([await version(), await json('/uploads')]).toEqual(['v2', before])
    expect(await show('/run/secrets/key')).toBe('the-key-of-the-uploads')
    expect(await on('docker volume ls -q -f label=cutover.app=uploads')).toBe('uploads-uploads')
  })

  it('has its former files while and after a release with other ones fails', async () => {
    const other = withApp('other', { env: { GREETING: 'good day' } })
    const said = await cutover('setup', [], other, env)
    expect(said.output).toContain('uploads: settings are newer than its release on web-1: deploy to apply')
    expect(await deploy(['--tag', 'broken'], other)).toMatchObject({ code: 1 })
    expect(await show('/app/config.txt')).toBe('hello from uploads on web-1\n')
    // Also after its container was started again.
    await on("docker restart -t 1 $(docker ps --format '{{.Names}}' -f label=cutover.app=uploads) && sleep 5")
    expect(await show('/app/config.txt')).toBe('hello from uploads on web-1\n')
    expect(failureOf(await deploy([], other))).toBe('')
    expect(await show('/app/config.txt')).toBe('good day from uploads on web-1\n')
    expect((await cutover('status', [], other, env)).output).not.toContain('newer')
    // The stopped slot still mounts the former one: the next release makes it anew, and removes what is left.
    expect(await on('sudo ls /opt/uploads/files | wc -l')).toBe('5')
    expect(failureOf(await deploy(['--tag', 'v1'], other))).toBe('')
    expect(await on('sudo ls /opt/uploads/files | wc -l')).toBe('4')
  })

  it('does not get what is somebody else’s: it is refused, and stays as it is', async () => {
    await on('sudo mkdir -p /srv/foreign && docker volume create uploads-foreign >/dev/null')
    const folder = withApp('folder', { volumes: { '/x': { host: '/srv/foreign', owner: '1000:1000' } } })
    expect(await cutover('setup', [], folder, env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('/srv/foreign was there before Cutover') as string,
    })
    expect(await on('stat -c %u /srv/foreign')).toBe('0')
    const volume = withApp('volume', { volumes: { '/x': 'foreign' } })
    expect(await cutover('setup', [], volume, env)).toMatchObject({
      code: 1,
      output: expect.stringContaining("the volume uploads-foreign is not Cutover's") as string,
    })
    expect(await version()).toBe('v1')
  })
})
