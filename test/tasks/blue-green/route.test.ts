import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { type App, appSettings, toApp } from '../../../tasks/app/settings.ts'
import type { ReleaseContext, ResolvedRelease } from '../../../tasks/blue-green/context.ts'
import { asReleased } from '../../../tasks/blue-green/index.ts'
import { revertSlot } from '../../../tasks/blue-green/retire.ts'
import { createArgv } from '../../../tasks/blue-green/slot-container.ts'
import { routeOfSlot } from '../../../tasks/blue-green/slot-route.ts'
import type { AppState, SlotState } from '../../../tasks/blue-green/state.ts'
import { newReleaseHeader, routeFor } from '../../../tasks/proxy/route.ts'

const appWith = (more: Record<string, unknown> = {}): App =>
  toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/shop', ...more }))
const before = appWith()
const released = (app: App): ResolvedRelease => ({
  app,
  wanted: { tag: 'v1.1.0', digest: `sha256:${'a'.repeat(64)}`, config: 'c' },
  followed: null,
})
const context = (app: App): ReleaseContext => ({
  app,
  kind: 'release',
  who: 'ada',
  signal: new AbortController().signal,
  assertLockHeld: () => undefined,
  resolve: async () => released(app),
})

/** The labels that `docker create` is given. */
const labelsOf = (argv: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    argv.flatMap((word, index) =>
      argv[index - 1] === '--label' ? [[word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]] : [],
    ),
  )

/** `docker inspect` of a slot with these labels, as inspect() asks for it. */
const container = (slot: string, labels: Record<string, string>, running = true): string =>
  JSON.stringify({
    Id: slot,
    Name: `/shop-${slot}`,
    Image: 'i',
    RestartCount: 0,
    State: { Status: running ? 'running' : 'exited', Running: running, ExitCode: 0, StartedAt: '' },
    HostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
    Config: { Image: 'x', Labels: labels, Healthcheck: null },
    NetworkSettings: { Networks: {} },
  })

describe('a slot carries its route', () => {
  it('byte for byte, as a label', () => {
    const labels = labelsOf(createArgv(released(before), 'green', [], 'mark'))
    expect(labels['cutover.route']).toBe(routeFor(before, 'green', 'mark'))
    expect(labels['cutover.mark']).toBe('mark')
  })

  it('whose mark says nothing of slot, tag or digest to the world, and is another one each time', () => {
    expect(newReleaseHeader()).toMatch(/^[0-9a-f]{16}$/)
    expect(newReleaseHeader()).not.toBe(newReleaseHeader())
    expect(routeFor(before, 'green', newReleaseHeader())).not.toMatch(/v1\.1\.0|aaaa/)
  })
})

/** Every setting that goes into a route, changed. */
const changes: [string, Record<string, unknown>][] = [
  ['port', { port: 9000 }],
  ['domain', { access: { domain: 'shop.example.org' } }],
  ['timeouts.keep_alive', { timeouts: { keep_alive: 9 } }],
  ['timeouts.connect', { timeouts: { connect: 9 } }],
  ['timeouts.response', { timeouts: { response: 9 } }],
]

describe.each(changes)('a release with another %s that fails', (_, more) => {
  const after = appWith(more)
  const served = routeFor(before, 'blue', 'old')

  it('has another route', () => {
    expect(routeFor(after, 'blue', 'old')).not.toBe(served)
  })

  it('is taken back by a later run: what served has its route again, byte for byte', async () => {
    const blue = labelsOf(createArgv(released(before), 'blue', [], 'old'))
    const green = labelsOf(createArgv(released(after), 'green', [], 'new'))
    let greenIsThere = true
    const host = new ScriptedHost(
      (command) => {
        if (command.startsWith('docker inspect'))
          return [container('blue', blue), ...(greenIsThere ? [container('green', green)] : [])].join('\n')
        if (command === 'docker rm -f shop-green') return { changes: () => (greenIsThere = false) }
        if (
          command === 'docker update --restart no shop-green >/dev/null' ||
          command === 'docker stop --time 30 shop-green'
        )
          return { changes: () => undefined }
        return undefined
      },
      { files: { '/opt/traefik/dynamic/shop.yaml': green['cutover.route']! } },
    )
    await revertSlot(host.host, context(after), 'green')
    expect(await host.read('/opt/traefik/dynamic/shop.yaml')).toBe(served)
    expect(greenIsThere).toBe(false)
  })
})

describe('the route of a slot that an older Cutover made, without a label', () => {
  const old = { route: '' } as SlotState
  const seen = (live: AppState['live'], route: string | null): AppState => ({
    live,
    route,
    slots: { blue: old, green: null },
    migration: null,
  })
  const route = 'http:\n  routers:\n    shop:\n      service: shop-blue\n'
  const host = (files: Record<string, string> = {}) => new ScriptedHost({}, { files }).host

  it('is the live file while it serves', async () => {
    expect(await routeOfSlot(host(), 'shop', seen('blue', route), 'blue')).toBe(route)
  })
  it('is the copy that was kept at the switch, if it is this slot’s', async () => {
    expect(await routeOfSlot(host({ '/opt/shop/route.before': route }), 'shop', seen('green', 'x'), 'blue')).toBe(route)
    await expect(
      routeOfSlot(
        host({ '/opt/shop/route.before': route.replace('blue', 'green') }),
        'shop',
        seen('green', 'x'),
        'blue',
      ),
    ).rejects.toThrow('the route of shop-blue is not known')
  })
})

it('a rollback asks where its image listens, and is otherwise as the inventory says', () => {
  const now = appWith({ port: 9000, health: { path: '/healthz', timeout: 7 }, memory: '1g' })
  expect(asReleased(now, { port: 8000, path: '/health' })).toEqual({
    ...now,
    port: 8000,
    health: { ...now.health, path: '/health' },
  })
  expect(asReleased(now, {})).toEqual(now)
})
