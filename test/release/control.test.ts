import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { cutover, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { copyTag, indexTag, sign } from '../../lab/registry.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = ['release-control', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab

const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']), { input: script })
const run = (playbook: string, args: readonly string[], inventory = lab.inventory): ReturnType<typeof cutover> =>
  cutover(playbook, args, inventory)
const deploy = (tag: string, ...more: string[]): ReturnType<typeof cutover> => run('deploy', ['--tag', tag, ...more])
const live = async (): Promise<string> =>
  ((await (await fetch(`http://${lab.hosts[0]?.address}/`)).json()) as { version: string }).version
const history = async (): Promise<Record<string, string>[]> =>
  (await on('cat /opt/shop/releases.jsonl')).split('\n').map((line) => JSON.parse(line) as Record<string, string>)
const slots = (): Promise<string> =>
  on('docker inspect -f "{{.Id}} {{.State.StartedAt}}" $(docker ps -aq --filter label=cutover.slot) | sort')
/** All that a release could change: containers, the route, what stands in the app's folder. */
const state = (): Promise<string> =>
  on(
    "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}'; cat /opt/traefik/dynamic/shop.yaml /opt/shop/releases.jsonl; ls /opt/shop",
  )

describe.skipIf(!inject('lab')).sequential('what a release asks, refuses and remembers', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await run('setup', []))).toBe('')
    await on('systemctl stop cron')
  })
  afterAll(() => down(name))
  beforeEach(async () => {
    expect(failureOf(await deploy('v1.0.0', '--retry-bad'))).toBe('')
  })

  it('an image that was refused is refused at once, until somebody wants it tried again', async () => {
    const first = await deploy('crash')
    expect(first).toMatchObject({ code: 1, output: expect.stringContaining('shop crash is refused: ') as string })
    expect((await history()).at(-1)).toMatchObject({ tag: 'crash', result: 'refused' })
    expect(await on('ls /var/log/cutover')).toContain('shop-refused.log')
    const before = await state()
    const again = await deploy('crash')
    expect(again.code).toBe(1)
    expect(again.output).toMatch(/shop crash was refused here before, with these settings \(.+\)/)
    expect(again.output).toContain('--retry-bad')
    expect(await state()).toBe(before)
    expect((await deploy('crash', '--retry-bad')).output).toContain('shop crash is refused: ')
    expect(await live()).toBe('v1.0.0')
  })

  it('a plan says what would be released, and changes nothing', async () => {
    const before = await state()
    const plan = await deploy('v1.1.0', '--plan')
    expect(failureOf(plan)).toBe('')
    expect(plan.output).toMatch(/shop v1\.0\.0 \([0-9a-f]{12}\) → v1\.1\.0 \([0-9a-f]{12}\)/)
    expect(plan.output).toMatch(/slot: shop-(blue|green), beside shop-(blue|green)/)
    expect(await state()).toBe(before)
    expect((await deploy('v9.9.9', '--plan')).code).toBe(1)
  })

  it('an app that wants approval is not released where there is nobody to ask, unless with --yes', async () => {
    const approve = variant(lab, 'approve', ({ apps }) => Object.assign(apps.shop ?? {}, { approve: true }))
    const before = await state()
    const refused = await run('deploy', ['--tag', 'v1.1.0'], approve)
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('--plan') as string })
    expect(await state()).toBe(before)
    expect(failureOf(await run('deploy', ['--tag', 'v1.1.0', '--yes'], approve))).toBe('')
    expect(await live()).toBe('v1.1.0')
  })

  it('an image that nobody has signed is not released where only signed ones are, by nobody; then it is, once it is signed', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(join(lab.directory, 'cosign.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    const signed = variant(lab, 'signed', ({ apps }) =>
      Object.assign(apps.shop ?? {}, { verify: { key: 'cosign.pub' } }),
    )
    await indexTag(lab, 'shop', { from: 'v1.1.0', to: 'to-sign', note: 'nobody has signed it' })
    const serving = await slots()
    expect(failureOf(await run('setup', ['--tags', 'apps'], signed))).toBe('')
    const before = await state()
    for (const more of [[], ['--plan'], ['--check']]) {
      const refused = await run('deploy', ['--tag', 'to-sign', ...more], signed)
      expect(refused.code).toBe(1)
      expect(refused.output).toMatch(/shop to-sign is not signed: the registry has no signature of \S+@sha256:/)
      expect(refused.output).toContain('cosign sign --key cosign.key')
    }
    const there = await attempt(sshCommand(lab, 'web-1', ['sudo', '/opt/shop/deploy', 'to-sign']), { timeout: 120_000 })
    expect([there.code, there.stdout]).toEqual([1, expect.stringContaining('is not signed')])
    expect([await state(), await slots()]).toEqual([before, serving])
    await sign(lab, { repository: 'shop', tag: 'to-sign' }, 'in a bundle', privateKey)
    expect(failureOf(await run('deploy', ['--tag', 'to-sign'], signed))).toBe('')
    expect(await live()).toBe('v1.1.0')
    // What was live here is gone back to, though nobody has signed it.
    expect(failureOf(await run('rollback', [], signed))).toBe('')
    expect(await live()).toBe('v1.0.0')
    await on('/opt/shop/deploy to-sign')
    expect(await live()).toBe('v1.1.0')
    expect(failureOf(await run('setup', ['--tags', 'apps']))).toBe('')
  })

  it('a tag that has moved is another release, and one that only got another attestation is not', async () => {
    await copyTag(lab, 'shop', 'v1.0.0', 'moving')
    expect(failureOf(await deploy('moving'))).toBe('')
    const before = await slots()
    await indexTag(lab, 'shop', { from: 'v1.0.0', to: 'moving', note: 'built again' })
    const attested = await deploy('moving')
    expect(failureOf(attested)).toBe('')
    expect(attested.output).toMatch(/changed +pull/)
    expect(attested.output).not.toMatch(/changed +(start|switch|drain)/)
    expect([await slots(), await live()]).toEqual([before, 'v1.0.0'])
    await copyTag(lab, 'shop', 'v1.1.0', 'moving')
    expect(failureOf(await deploy('moving'))).toBe('')
    expect(await live()).toBe('v1.1.0')
    // Back to the tag means: to the newest release of that name that was good.
    await copyTag(lab, 'shop', 'v1.2.0', 'moving')
    expect(failureOf(await deploy('v1.2.0'))).toBe('')
    expect(failureOf(await run('rollback', ['moving']))).toBe('')
    expect(await live()).toBe('v1.1.0')
  })

  it('waits for a time, though its connection is lost meanwhile, and releases what the tag named before', async () => {
    await copyTag(lab, 'shop', 'v1.1.0', 'nightly')
    const at = new Date(Date.now() + 75_000).toISOString().slice(0, 16)
    const waiting = deploy('nightly', '--at', `${at}Z`)
    await sleep(8_000)
    await copyTag(lab, 'shop', 'v1.2.0', 'nightly')
    await on('pkill -KILL -u deploy sshd || :').catch(() => '')
    expect(await live()).toBe('v1.0.0')
    const waited = await waiting
    expect(failureOf(waited)).toBe('')
    expect(waited.output).toMatch(/all is ready: the release begins at \d{4}-\d\d-\d\d \d\d:\d\d, in \d+ s/)
    expect(await live()).toBe('v1.1.0')
  })

  it('two operators and the poller at once: one releases, and the others say who', async () => {
    await copyTag(lab, 'shop', 'v1.2.0', 'latest')
    await on('rm -f /opt/shop/followed')
    const all = await Promise.all([
      deploy('v1.1.0'),
      deploy('v1.2.0'),
      attempt(sshCommand(lab, 'web-1', ['sudo', '/opt/cutover/poll.sh', 'shop']), { timeout: 120_000 }).then(
        ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
      ),
    ])
    const released = all.filter(({ code }) => code === 0)
    const told = all.filter(({ output }) =>
      /shop is being released on \S+ by \S+ \(release \S+, from \S+, since/.test(output),
    )
    expect({ released: released.length, told: told.length }, all.map(({ output }) => output).join('\n---\n')).toEqual({
      released: 1,
      told: 2,
    })
    expect(await on('ls -d /opt/shop/lock 2>/dev/null || echo free')).toBe('free')
    expect(await on('docker ps -q --filter label=cutover.slot | wc -l')).toBe('1')
  })

  it('a rollback across a migration says so, and wants --force', async () => {
    const migrating = (files: string): string =>
      variant(lab, `migrating${files.replaceAll('/', '-')}`, ({ apps }) =>
        Object.assign(apps.shop ?? {}, { migrate: { command: ['alembic', 'upgrade', 'head'], files } }),
      )
    expect(failureOf(await run('deploy', ['--tag', 'v1.2.0'], migrating('/app/db/migrations')))).toBe('')
    // What is below another path is other files: this release has run its migration.
    expect(failureOf(await run('deploy', ['--tag', 'v1.1.0'], migrating('/app')))).toBe('')
    const before = await state()
    const refused = await run('rollback', [], migrating('/app'))
    expect(refused.code).toBe(1)
    expect(refused.output).toMatch(/v1\.1\.0/)
    expect(refused.output).toContain('--force')
    expect(await state()).toBe(before)
    expect(failureOf(await run('rollback', ['--force'], migrating('/app')))).toBe('')
    expect(await live()).toBe('v1.2.0')
  })
})
