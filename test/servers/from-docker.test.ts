import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { uploads } from '../../lab/app-images.ts'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { docker, engineEnv } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = ['servers-from-docker', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
/** No registry has this one: nothing answers there. */
const repository = 'registry.invalid/uploads'
const local = (tag: string): string => `${name}:${tag}`
let lab: Lab
let inventory: string
const on = (host: string, script: string): Promise<string> => exec(sshCommand(lab, host, [script]))
const deploy = (...args: string[]): Promise<Ended> => cutover('deploy', args, inventory, engineEnv())
const versions = (): Promise<string[]> =>
  Promise.all(
    lab.hosts.map(
      async ({ address }) => ((await (await fetch(`http://${address}/`)).json()) as { version: string }).version,
    ),
  )
/** What the hosts say of their transfers: layers and bytes, in MB. */
const sent = (output: string): number[][] =>
  [...output.matchAll(/(\d+) of (\d+) layers sent: ([\d.]+) MB of ([\d.]+) MB/g)].map(([, ...numbers]) =>
    numbers.map(Number),
  )

/** An image of Docker here: a release of the app with so many more bytes, that do not compress, and a last layer. */
async function build(tag: string, bytes: number): Promise<string> {
  const dockerfile = [
    `FROM ${local('base')}`,
    ...(bytes > 0 ? [`RUN head -c ${bytes} /dev/urandom >/bulk`] : []),
    `RUN echo ${tag} >/last`,
    `ENV APP_VERSION=${tag}`,
  ].join('\n')
  await docker(['build', '-q', '--network', 'none', '-t', local(tag), '-'], { input: dockerfile })
  return docker(['image', 'inspect', '-f', '{{.Id}}', local(tag)])
}
const incoming = '/opt/uploads/incoming'
/** Waits until so many bytes of an image have arrived at a host. */
async function arrived(host: string, bytes: number): Promise<void> {
  for (let left = 600; left > 0; left--) {
    const size = await on(host, `sudo sh -c 'cat ${incoming}/*.tar 2>/dev/null | wc -c'`)
    if (Number(size) >= bytes) return
    await sleep(20)
  }
  throw new Error(`${bytes} bytes did not arrive`)
}

describe.skipIf(!inject('lab')).sequential('an image of the operator’s Docker', () => {
  let first = ''
  beforeAll(async () => {
    lab = await up(name, 2, () => undefined)
    await ensureImage(uploads('v1'), () => undefined)
    await docker(['tag', tagOf(uploads('v1')), local('base')])
    first = await build('one', 100_000_000)
    inventory = variant(lab, 'from-docker', (raw) =>
      Object.assign(raw, {
        apps: {
          uploads: {
            image: repository,
            health: { interval: 2, timeout: 40 },
            bake: 1,
            drain: 5,
            volumes: { '/data/uploads': 'uploads' },
          },
        },
      }),
    )
    expect(failureOf(await cutover('setup', [], inventory))).toBe('')
  })
  afterAll(async () => {
    for (const tag of ['base', 'one', 'two', 'cut', 'lost']) await docker(['rmi', local(tag)]).catch(() => undefined)
    await down(name)
  })

  it('is released on several hosts, though no registry answers', async () => {
    const result = await deploy('--from-docker', local('one'))
    expect(failureOf(result)).toBe('')
    expect(await versions()).toEqual(['one', 'one'])
    const transfers = sent(result.output)
    expect(transfers.length).toBe(2)
    for (const [layers, all, bytes, whole] of transfers) {
      expect(layers).toBeLessThanOrEqual(all!)
      expect(bytes).toBeGreaterThan(100)
      expect(whole).toBeGreaterThan(100)
    }
    const last = JSON.parse(await on('web-1', 'tail -n 1 /opt/uploads/releases.jsonl')) as object
    expect(last).toMatchObject({ tag: 'one', digest: first, from: 'docker', kind: 'release', result: 'good' })
    expect(await on('web-1', `sudo ls -A ${incoming}`)).toBe('')
    // The host has it under our name alone, so that a `docker image prune` leaves it alone.
    expect(await on('web-1', `docker image inspect -f '{{json .RepoTags}}' ${first}`)).toBe(
      `["${repository}:cutover-${first.slice(7, 19)}"]`,
    )
  })

  it('with another last layer is sent without the others', async () => {
    await docker(['tag', local('one'), local('base')])
    await build('two', 0)
    const result = await deploy('--from-docker', local('two'))
    expect(failureOf(result)).toBe('')
    expect(await versions()).toEqual(['two', 'two'])
    for (const [layers, , bytes] of sent(result.output)) expect([layers, bytes! < 0.2]).toEqual([1, true])
  })

  it('is known to rollback, status, a deploy without a tag, and the program on the host', async () => {
    await on('web-1', 'docker image prune -f')
    expect(failureOf(await cutover('rollback', [], inventory))).toBe('')
    expect(await versions()).toEqual(['one', 'one'])
    expect((await cutover('status', [], inventory)).output).toContain(first.slice(7, 19))
    expect(failureOf(await deploy())).toBe('')
    await on('web-1', 'sudo /opt/uploads/rollback two')
    expect(await versions()).toEqual(['two', 'one'])
    const again = await deploy('--from-docker', local('two'))
    expect(failureOf(again)).toBe('')
    expect([await versions(), sent(again.output)]).toEqual([['two', 'two'], []])
  })

  it('that nobody needs any more is removed by a release', async () => {
    await on('web-1', `tar c --files-from /dev/null | docker import - ${repository}:cutover-0123456789ab`)
    const output = await on('web-1', 'sudo /opt/uploads/rollback one')
    expect(output).toContain('1 old images')
    const tags = await on('web-1', `docker image ls --format '{{.Tag}}' ${repository}`)
    expect(tags.split('\n').length).toBe(2)
  })

  it('goes on where it was cut off, in the next run', async () => {
    await docker(['tag', local('two'), local('base')])
    await build('cut', 250_000_000)
    const argv = [
      '--import',
      'tsx',
      'playbooks/deploy.ts',
      '-i',
      inventory,
      '--limit',
      'web-1',
      '--from-docker',
      local('cut'),
    ]
    const child = spawn(process.execPath, argv, {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, ...engineEnv(), CI: 'true' },
      stdio: 'ignore',
    })
    await arrived('web-1', 30_000_000)
    child.kill('SIGKILL')
    await once(child, 'close')
    await sleep(65_000) // The lock of the run that died is taken over after a minute.
    const result = await deploy('--limit', 'web-1', '--from-docker', local('cut'))
    expect(failureOf(result)).toBe('')
    expect(result.output).toMatch(/were there from an attempt that was cut off/)
    const [[, , bytes] = []] = sent(result.output)
    expect(bytes).toBeLessThan(225)
    expect((await versions())[0]).toBe('cut')
  })

  it('goes on where it was when the connection is lost, in the same run', async () => {
    await build('lost', 250_000_000)
    const running = deploy('--limit', 'web-2', '--from-docker', local('lost'))
    await arrived('web-2', 30_000_000)
    // Ends the server's end of the connection that the image comes by.
    await on(
      'web-2',
      `sudo sh -c 'pid=$(cat ${incoming}/*.pid); while ! grep -q "^Name:.sshd" /proc/$pid/status; do pid=$(sed -n "s/^PPid:.//p" /proc/$pid/status); done; kill -9 $pid'`,
    )
    const result = await running
    expect(failureOf(result)).toBe('')
    expect(result.output).toContain('the connection was lost, and is made again')
    expect(result.output).toMatch(/were there from an attempt that was cut off/)
    expect((await versions())[1]).toBe('lost')
  })

  it.each([
    [['--from-docker', 'nobody/has:this'], 'Docker on this machine has no image nobody/has:this'],
    [['--from-docker', 'x', '--tag', 'y'], '--tag and --from-docker both say what is released'],
  ])('that there is not is refused before any host: %j', async (args, words) => {
    expect(await deploy(...args)).toMatchObject({ code: 2, output: expect.stringContaining(words) as string })
  })
})
