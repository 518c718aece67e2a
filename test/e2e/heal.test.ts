import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, killedAt, variant, failureOf } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { type LoadReport, startLoad } from '../../lab/load.ts'
import { type Build, buildCuttable } from '../release/build.ts'
import { Stream } from '../release/stream.ts'

const name = 'e2e-heal'
let lab: Lab
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
const route = '/opt/traefik/dynamic/shop.yaml'
const routeNow = (): Promise<string> => on(`sudo cat ${route}`)
const url = (): string => `http://${lab.hosts[0]!.address}`
const version = async (): Promise<string> => ((await (await fetch(`${url()}/`)).json()) as { version: string }).version
const deploy = (args: readonly string[], inventory = lab.inventory): Promise<Ended> =>
  cutover('deploy', args, inventory)
/** What cron does each minute, now. */
const minute = (): Promise<string> => on('sudo sh -c "/opt/cutover/heal.sh shop 2>&1"')

async function underLoad(work: () => Promise<Ended>): Promise<{ result: Ended; report: LoadReport }> {
  const load = await startLoad({ url: url() })
  await sleep(3_000)
  const result = await work().finally(() => sleep(3_000))
  return { result, report: await load.stop() }
}

/** Waits for something that happens by itself. @throws Error after so many seconds */
async function until(what: string, holds: () => Promise<boolean>, limit: number): Promise<void> {
  for (let left = limit; !(await holds()); left--) {
    if (left === 0) throw new Error(`not within ${limit} s: ${what}`)
    await sleep(1_000)
  }
}

describe.skipIf(!inject('lab')).sequential('what serves', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await cutover('setup', [], lab.inventory))).toBe('')
    expect(failureOf(await deploy(['--tag', 'v1.0.0']))).toBe('')
  })
  afterAll(() => down(name))
  // What a test damages is not to be mended by cron, but where that is what it shows; setup starts cron again.
  beforeEach(() => on('sudo systemctl stop cron; sudo flock /run/cutover-heal-shop true'))

  it('tells the world nothing of slot, tag and digest', async () => {
    const mark = (await fetch(`${url()}/`)).headers.get('x-cutover')
    expect(mark).toMatch(/^[0-9a-f]{16}$/)
  })

  describe('a release with other settings that fails', () => {
    const other = (): string =>
      variant(lab, 'other', (raw) => Object.assign(raw.apps.shop!, { timeouts: { connect: 7 }, bake: 25 }))

    it('in its bake: what served is restored byte for byte', async () => {
      const before = await routeNow()
      const { result } = await underLoad(() => deploy(['--tag', 'errors'], other()))
      expect(result).toMatchObject({ code: 1, output: expect.stringContaining('answers were 5xx') as string })
      expect([await routeNow(), await version()]).toEqual([before, 'v1.0.0'])
    })

    it('in a later run, after its own was killed: the same', async () => {
      const before = await routeNow()
      await killedAt({ output: /changed +switch/, after: 2_000 }, 'deploy', ['--tag', 'sours'], other())
      expect(await routeNow()).toContain('dialTimeout: 7s')
      expect(await deploy(['--tag', 'sours'], other())).toMatchObject({
        code: 1,
        output: expect.stringContaining('Docker says unhealthy') as string,
      })
      expect([await routeNow(), await version()]).toEqual([before, 'v1.0.0'])
    })

    it('at its gate, with a port on which nothing listens: nobody notices', async () => {
      const before = await routeNow()
      const { result, report } = await underLoad(() =>
        deploy(
          ['--tag', 'v1.1.0'],
          variant(lab, 'port', (raw) =>
            Object.assign(raw.apps.shop!, { port: 9000, health: { interval: 2, timeout: 8 } }),
          ),
        ),
      )
      expect(result).toMatchObject({ code: 1, output: expect.stringContaining('nothing listens on') as string })
      expect(report).toMatchObject({ failed: 0, lost: 0 })
      expect([await routeNow(), await version()]).toEqual([before, 'v1.0.0'])
    })
  })

  describe('settings that are newer than the release', () => {
    const newer = (): string =>
      variant(lab, 'newer', (raw) => Object.assign(raw.apps.shop!.env as object, { LOG_LEVEL: 'ERROR' }))
    const words = 'shop: settings are newer than its release on web-1: deploy to apply'

    it('are told by setup and status, and applied by a deploy without a tag', async () => {
      expect((await cutover('status', [], lab.inventory)).output).not.toContain(words)
      expect((await cutover('setup', [], newer())).output).toContain(words)
      expect((await cutover('status', [], newer())).output).toContain(words)
      const { result, report } = await underLoad(() => deploy([], newer()))
      expect(failureOf(result)).toBe('')
      expect(report).toMatchObject({ failed: 0, lost: 0 })
      expect(await version()).toBe('v1.0.0')
      expect(await on('sudo docker exec $(docker ps -qf label=cutover.app=shop) printenv LOG_LEVEL')).toBe('ERROR')
      expect((await cutover('setup', [], newer())).output).not.toContain(words)
    })
  })

  describe('a damaged route file', () => {
    it.each([
      ['emptied', `: >${route}`, 'its route file is empty'],
      ['removed', `rm ${route}`, 'its route file is missing'],
      ['overwritten', `echo x: {{ >${route}`, 'its route file names no slot'],
      ['cut off', `sed -i "/^  services/,\\$d" ${route}`, 'its route file was changed'],
    ])('%s: status says so, and a minute later it is what it was', async (_, damage, words) => {
      const before = await routeNow()
      await on(`sudo sh -c '${damage}'`)
      expect((await cutover('status', [], lab.inventory)).output).toContain(`NOT SERVED: ${words}`)
      expect(await minute()).toContain('mending it')
      expect(await routeNow()).toBe(before)
      expect(await version()).toBe('v1.0.0')
    })

    it('is written again by setup, and by a release before all else', async () => {
      const before = await routeNow()
      await on(`sudo sh -c ': >${route}'`)
      expect((await cutover('setup', [], lab.inventory)).output).toContain('its route file is empty')
      expect(await routeNow()).toBe(before)
      await on(`sudo sh -c ': >${route}'`)
      expect(await deploy(['--tag', 'crash'])).toMatchObject({ code: 1 })
      expect([await routeNow(), await version()]).toEqual([before, 'v1.0.0'])
    })
  })

  it('and has ended is started again: the slot, the proxy and the database', async () => {
    const containers = 'traefik shop-postgres $(docker ps --format {{.Names}} -f label=cutover.app=shop)'
    expect(await minute()).toBe('')
    await on(`sudo docker stop -t 1 ${containers}`)
    const said = await minute()
    for (const each of ['traefik does not run', 'shop-postgres does not run', /shop-(blue|green) does not run/])
      expect(said).toMatch(each)
    await until(
      'it serves',
      async () => (await attempt(['curl', '-sf', '-o', '/dev/null', `${url()}/health`])).code === 0,
      40,
    )
    expect(await minute()).toBe('')
  })

  it('and made room for another, when the run that was to bring that one has died: it comes back', async () => {
    await on('sudo docker stop -t 1 traefik; sudo docker rename traefik traefik-before')
    expect(await minute()).toContain('traefik does not run')
    await until(
      'it serves',
      async () => (await attempt(['curl', '-sf', '-o', '/dev/null', `${url()}/health`])).code === 0,
      40,
    )
    expect(await on("docker ps --format '{{.Names}}' --filter name=traefik")).toBe('traefik')
  })

  it('and a Docker that systemd has given up: it is started, and what it ran goes on', async () => {
    const conf = '/run/systemd/system/docker.service.d/zz-test.conf'
    await on(
      `sudo sh -c 'mkdir -p $(dirname ${conf}); printf "[Unit]\\nStartLimitBurst=1\\nStartLimitIntervalSec=1h\\n[Service]\\nRestart=no\\n" >${conf}; systemctl daemon-reload; systemctl restart docker || true; kill -9 $(pidof dockerd); sleep 2'`,
    )
    expect(await on('systemctl is-failed docker || true')).toBe('failed')
    expect(await minute()).toContain('Docker has failed: starting it')
    await on(`sudo sh -c 'rm ${conf}; systemctl daemon-reload'`)
    expect([await on('systemctl is-active docker'), await version()]).toEqual(['active', 'v1.0.0'])
  })

  it('is rid of what a write left that was killed in the middle, an hour later; and of nothing else', async () => {
    const left = '/opt/traefik/staging/.shop.yaml.aB3xY9 /opt/shop/.followed.aB3xY9 /run/cutover-registry.aB3xY9/error'
    const own = '/opt/shop/.profile.aB3xY9 /opt/shop/.followed.mine'
    const young = '/opt/traefik/staging/.shop.yaml.youngs'
    await on(
      `sudo sh -c 'mkdir -p /run/cutover-registry.aB3xY9; touch ${young} ${left} ${own}; touch -d "2 hours ago" ${left} ${own} /run/cutover-registry.aB3xY9'`,
    )
    expect(await minute()).toBe('')
    expect(await on(`sudo ls ${left} ${own} ${young} 2>/dev/null || true`)).toBe(
      [...own.split(' '), young].sort().join('\n'),
    )
    await on(`sudo rm ${own} ${young}`)
  })

  it('is mended by cron itself, with a line in the log', async () => {
    await on(
      'sudo systemctl start cron; id=$(docker ps -q -f label=cutover.app=shop); sudo docker update --restart no $id; sudo docker kill $id',
    )
    await until(
      'cron started it',
      async () => (await attempt(['curl', '-sf', '-o', '/dev/null', `${url()}/health`])).code === 0,
      150,
    )
    expect(await on('cat /var/log/cutover/shop-poller.log')).toMatch(/shop: shop-(blue|green) does not run: mending it/)
  })

  it('and is to stay down stays down', async () => {
    await on('sudo touch /opt/shop/no-heal; sudo docker stop -t 1 traefik')
    expect(await minute()).toBe('')
    expect(
      await on(
        'sudo docker inspect -f {{.State.Running}} traefik; sudo rm /opt/shop/no-heal; sudo docker start traefik',
      ),
    ).toContain('false')
  })

  // `npm run test:release` cuts a release at each of its commands; here, at one of the first, of the middle and the last.
  describe('a release that is cut', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000)
    const oneOf = (list: readonly RegExp[]): string => list[seed % list.length]?.source ?? ''
    let build: Build
    let stream: Stream
    beforeAll(async () => {
      build = await buildCuttable(name)
      const quick = variant(lab, 'quick', (raw) => Object.assign(raw.apps.shop!, { bake: 0 }))
      stream = new Stream(lab, 'web-1', quick, build)
    })
    afterAll(() => {
      stream?.end()
      build?.remove()
    })

    it.each([
      ['kill', 'after', oneOf([/lock\.sh/, /docker run --detach --name shop-migration/, /docker create --name shop-/])],
      ['cut', 'before', oneOf([/staging\/\.shop\.yaml/, /api\/http\/routers/, /good -lt|\$good/])],
      ['kill', 'after', oneOf([/docker stop --time/, /cat >>\/opt\/shop\/releases/, /docker image ls/])],
    ] as const)(
      `by %s %s %s (SEED=${seed}): nobody notices, and the next run finishes it`,
      async (how, when, matching) => {
        const tag = (await version()) === 'v1.1.0' ? 'v1.0.0' : 'v1.1.0'
        const { result, report } = await underLoad(async () => {
          expect(await stream.listed('deploy', ['--tag', tag], { how, when, matching })).toMatchObject({ met: true })
          expect(await stream.lockIsFree()).toBe(true)
          return stream.run('deploy', ['--tag', tag])
        })
        expect(failureOf(result)).toBe('')
        expect(report).toMatchObject({ failed: 0, lost: 0, versions: { [tag]: expect.any(Number) as number } })
        const { containers, ...state } = await stream.state()
        expect(state).toMatchObject({ live: tag, recorded: tag, routeIsWhole: true, lock: '', processes: [] })
        expect(containers.filter((each) => each.includes('running'))).toEqual([
          'live running',
          'shop-postgres running',
          'traefik running',
        ])
      },
    )
  })
})
