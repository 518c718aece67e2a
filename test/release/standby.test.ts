import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, failureOf, killedAt, variant } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'

const name = ['release-standby', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab
let inventory: string

const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']), { input: script })
const run = (playbook: string, ...more: string[]): ReturnType<typeof cutover> => cutover(playbook, more, inventory)
const live = async (): Promise<string> => {
  const answer = await fetch(`http://${lab.hosts[0]?.address}/`)
  return ((await answer.json()) as { version: string }).version
}
/** Each slot with its tag, whether it runs, and Docker's restart policy for it. */
const slots = async (): Promise<string[]> =>
  (
    await on(
      `docker ps -aq --filter label=cutover.slot | xargs docker inspect -f '{{.Name}} {{index .Config.Labels "cutover.tag"}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}'`,
    )
  )
    .trim()
    .split('\n')
    .sort()
/** What the host does each minute, now; cron does not. */
const minute = (environment = ''): Promise<string> => on(`${environment} /opt/cutover/standby.sh shop 2>&1`)
const over = (): Promise<string> => on('echo "1 2" >/opt/shop/standby')

const [blueServes, greenServes] = [
  ['/shop-blue v1.0.0 running unless-stopped', '/shop-green v1.1.0 running on-failure'],
  ['/shop-blue v1.0.0 running on-failure', '/shop-green v1.1.0 running unless-stopped'],
]

describe.skipIf(!inject('lab')).sequential('a slot in standby', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    inventory = variant(lab, 'standby', ({ apps }) => Object.assign(apps.shop ?? {}, { standby: 600 }))
    expect(failureOf(await run('setup'))).toBe('')
    await on('systemctl stop cron')
    expect(failureOf(await run('deploy', '--tag', 'v1.0.0'))).toBe('')
  })
  afterAll(() => down(name))

  it('stays after a release, and there and back again is a rename each, without a failed request', async () => {
    const load = await startLoad({ url: `http://${lab.hosts[0]?.address}` })
    expect(failureOf(await run('deploy', '--tag', 'v1.1.0'))).toBe('')
    expect(await slots()).toEqual(greenServes)
    const started = (): Promise<string> => on('docker inspect -f "{{.State.StartedAt}}" shop-blue shop-green')
    const before = await started()
    const back = await run('rollback')
    expect(failureOf(back)).toBe('')
    expect([await slots(), await live()]).toEqual([blueServes, 'v1.0.0'])
    expect(failureOf(await run('deploy', '--tag', 'v1.1.0'))).toBe('')
    expect([await slots(), await live()]).toEqual([greenServes, 'v1.1.0'])
    expect(await started()).toBe(before)
    const { sent, failed, examples } = await load.stop()
    console.log(`there, back and there again: ${failed} of ${sent} requests failed`)
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] })
  })

  it('is shown by status', async () => {
    expect((await run('status')).output).toMatch(
      /web-1: shop v1\.0\.0 is in standby for \d+ (s|min) more: a rollback to it takes a second/,
    )
  })

  it('stays within its time, and while somebody releases', async () => {
    expect(await minute()).toBe('')
    await over()
    await on('mkdir /opt/shop/lock; echo "{}" >/opt/shop/lock/owner')
    expect(await minute()).toBe('')
    await on('rm -r /opt/shop/lock')
    expect(await slots()).toEqual(greenServes)
  })

  it('stops after its time, and a rollback starts it again', async () => {
    await over()
    expect(await minute()).toMatch(/shop: the standby of shop-blue ends \(its time is over\): stopping it/)
    expect((await slots())[0]).toBe('/shop-blue v1.0.0 exited no')
    expect(await on('ls /opt/shop')).not.toContain('standby')
    expect(failureOf(await run('rollback'))).toBe('')
    expect([await slots(), await live()]).toEqual([blueServes, 'v1.0.0'])
  })

  it('stops where memory is short, by the minute that also heals, and none begins there', async () => {
    await on('printf "MemTotal: 1000 kB\\nMemAvailable: 99 kB\\n" >/tmp/meminfo')
    const said = await on('MEMINFO=/tmp/meminfo /opt/cutover/heal.sh shop 2>&1')
    expect(said).toMatch(/shop-green ends \(memory is short\)/)
    expect((await slots())[1]).toBe('/shop-green v1.1.0 exited no')
    expect(await on('MEMINFO=/tmp/meminfo /opt/cutover/standby.sh --memory || echo none')).toMatch(/^none$/m)
  })

  it('a slot that serves is never stopped, whatever its mark says', async () => {
    await over()
    await on('docker update --restart on-failure shop-blue')
    expect(await minute()).toBe('')
    expect((await slots())[0]).toBe('/shop-blue v1.0.0 running on-failure')
    // The next release that looks at it marks it as what serves.
    expect(failureOf(await run('deploy', '--tag', 'v1.0.0'))).toBe('')
    expect((await slots())[0]).toBe('/shop-blue v1.0.0 running unless-stopped')
  })

  it('after a run that was killed at its drain, the next one finds the same end', async () => {
    await killedAt({ output: /drain/, after: 0 }, 'deploy', ['--tag', 'v1.1.0'], inventory)
    expect(failureOf(await run('deploy', '--tag', 'v1.1.0'))).toBe('')
    expect(await slots()).toEqual(greenServes)
  })

  it('another release takes its place once it has ended', async () => {
    expect(failureOf(await run('deploy', '--tag', 'v1.2.0'))).toBe('')
    expect(await slots()).toEqual(['/shop-blue v1.2.0 running unless-stopped', '/shop-green v1.1.0 running on-failure'])
  })

  it('has other settings than a rollback would give it: it stops at once', async () => {
    const other = variant(lab, 'other', ({ apps }) =>
      Object.assign(apps.shop ?? {}, { standby: 600, env: { ENVIRONMENT: 'production', LOG_LEVEL: 'INFO' } }),
    )
    expect(failureOf(await cutover('setup', [], other))).toBe('')
    await on('systemctl stop cron')
    expect(failureOf(await cutover('deploy', [], other))).toBe('')
    expect(await slots()).toEqual(['/shop-blue v1.2.0 exited no', '/shop-green v1.2.0 running unless-stopped'])
  })
})
