import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, failureOf, variant } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'

const name = ['release-detach', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab

const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']), { input: script })
const run = (playbook: string, ...more: string[]): ReturnType<typeof cutover> => cutover(playbook, more, lab.inventory)
const url = (): string => `http://${lab.hosts[0]?.address}`
const live = async (): Promise<string> => ((await (await fetch(`${url()}/`)).json()) as { version: string }).version
const history = async (): Promise<string[]> =>
  (await on('cat /opt/shop/releases.jsonl')).split('\n').map((line) => {
    const { kind, tag, result, who } = JSON.parse(line) as Record<string, string>
    return [kind, tag, result, who].join(' ')
  })
/** Waits until the host has finished by itself. */
const finished = (): Promise<string> =>
  on('for n in $(seq 120); do systemctl is-active --quiet cutover-finish-shop || exit 0; sleep 1; done; exit 1')

describe.skipIf(!inject('lab')).sequential('a detached release', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await run('setup'))).toBe('')
    await on('systemctl stop cron')
    expect(failureOf(await run('deploy', '--tag', 'v1.0.0'))).toBe('')
  })
  afterAll(() => down(name))

  it('ends after the switch; the host bakes, drains and records it by itself, and status says so', async () => {
    const load = await startLoad({ url: url() })
    const deployed = await run('deploy', '--tag', 'v1.1.0', '--detach')
    expect(failureOf(deployed)).toBe('')
    expect(deployed.output).toMatch(/each host finishes it by itself/)
    expect(await live()).toBe('v1.1.0')
    expect((await history()).at(-1)).toMatch(/v1\.0\.0 good/)
    let status = ''
    for (let left = 20; left > 0 && !/is being released by/.test(status); left--) {
      status = (await run('status')).output
      await sleep(100)
    }
    expect(status).toMatch(
      /web-1: shop is being released by \S+ \(release v1\.1\.0 \(the rest of it\), from \S+, since/,
    )
    await finished()
    expect((await history()).at(-1)).toMatch(/^release v1\.1\.0 good /)
    expect(await on('docker inspect -f "{{.State.Status}}" shop-blue; ls -d /opt/shop/lock 2>/dev/null || :')).toBe(
      'exited',
    )
    const back = await run('rollback', '--detach')
    expect(failureOf(back)).toBe('')
    expect(await live()).toBe('v1.0.0')
    await finished()
    expect((await history()).at(-1)).toMatch(/^rollback v1\.0\.0 good /)
    const { sent, failed, examples } = await load.stop()
    console.log(`detached, there and back: ${failed} of ${sent} requests failed`)
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] })
  })

  it('that turns out bad is taken back by the host', async () => {
    const load = await startLoad({ url: url() })
    expect(failureOf(await run('deploy', '--tag', 'errors', '--detach'))).toBe('')
    await finished()
    await load.stop()
    expect(await live()).toBe('v1.0.0')
    expect((await history()).at(-1)).toMatch(/^release errors refused /)
    expect(await on('tail -n 40 /var/log/cutover/shop-poller.log')).toMatch(/answers were 5xx/)
  })

  it('is refused where the host has other settings than the inventory, before anything is changed', async () => {
    const other = variant(lab, 'other', ({ apps }) => Object.assign(apps.shop ?? {}, { bake: 5 }))
    const refused = await cutover('deploy', ['--tag', 'v1.1.0', '--detach'], other)
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('Run setup first') as string })
    expect(await live()).toBe('v1.0.0')
  })
})
