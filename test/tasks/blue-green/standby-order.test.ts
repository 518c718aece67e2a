import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../../tasks/app/settings.ts'
import { release } from '../../../tasks/blue-green/release.ts'
import { resolveTag } from '../../../tasks/blue-green/resolve.ts'
import { observe } from '../../../tasks/blue-green/slots/observe.ts'
import { inStandby } from '../../../tasks/blue-green/slots/standby.ts'
import { rollbackTarget } from '../../../tasks/blue-green/targets.ts'
import { appWith } from './builders.ts'
import { clock } from './clock.ts'
import { onHost, SimulatedHost } from './simulated-host.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => clock.reset())

const signal = new AbortController().signal
const quick = appWith({ bake: 4, standby: 600 })
const deploy = (host: SimulatedHost, tag: string, app: App = quick): Promise<unknown> =>
  release(onHost(host), {
    app,
    title: tag,
    kind: 'release',
    signal,
    target: (view) => resolveTag(view, app, tag),
  })
const rollback = (host: SimulatedHost, app: App = quick): Promise<unknown> =>
  release(onHost(host), {
    app,
    title: 'back',
    kind: 'rollback',
    signal,
    target: (view) => rollbackTarget(view, app, undefined, { force: false, tell: () => undefined }),
  })

/** A host on which v1 and v2 were released; the log holds what the second one did. */
async function withV2(
  app: App = quick,
  before: (host: SimulatedHost) => void = () => undefined,
): Promise<SimulatedHost> {
  const host = new SimulatedHost()
  await deploy(host, 'v1', app)
  before(host)
  host.takeLog()
  await deploy(host, 'v2', app)
  return host
}

/** Each slot with its tag, whether it runs, and Docker's restart policy for it. */
const slots = (host: SimulatedHost): string[] =>
  [...host.containers.values()]
    .filter(({ Name }) => /-(blue|green)$/.test(Name))
    .map(({ Name, Config, State, HostConfig }) =>
      [Name, Config.Labels?.['cutover.tag'], State.Running ? 'runs' : 'ended', HostConfig.RestartPolicy.Name].join(' '),
    )
    .sort()

/** The commands of some steps. */
const stepsOf = (log: readonly string[], ...names: string[]): string[] => {
  let current = ''
  return log.filter((line) => {
    if (line.startsWith('# ') || line.startsWith('barrier')) current = line.slice(2)
    return names.includes(current)
  })
}

describe('after a release', () => {
  it('the slot that served stays up, marked, and a file says until when', async () => {
    const host = await withV2()
    expect(stepsOf(host.takeLog(), 'drain')).toMatchInlineSnapshot(`
      [
        "# drain",
        "? digest of the settings",
        "/opt/cutover/standby.sh --memory 2>/dev/null",
        "date +%s",
        "write /opt/shop/standby 644 root:root",
        "docker update --restart on-failure shop-blue >/dev/null 2>&1",
      ]
    `)
    expect(slots(host)).toEqual(['/shop-blue v1 runs on-failure', '/shop-green v2 runs unless-stopped'])
    const [begin = 0, end = 0] = (host.text('/opt/shop/standby') ?? '').trim().split(' ').map(Number)
    expect(end - begin).toBe(600)
  })

  it.each<[string, App, (host: SimulatedHost) => void]>([
    ['none is wanted', appWith({ bake: 4, standby: 0 }), () => undefined],
    ['memory is short', quick, (host) => (host.room = false)],
    ['the settings have changed: a rollback would make it anew', quick, (host) => (host.config = 'config-b')],
    [
      'it is not well',
      quick,
      (host) => Object.assign(host.containers.get('shop-blue')?.State.Health ?? {}, { Status: 'unhealthy' }),
    ],
  ])('it stops at once where %s', async (_, app, before) => {
    const host = await withV2(app, before)
    expect(slots(host)[0]).toMatch(/^\/shop-blue v1 ended/)
    expect(host.files.has('/opt/shop/standby')).toBe(false)
  })

  it('it can be asked for how long', async () => {
    const host = await withV2()
    const end = Number((host.text('/opt/shop/standby') ?? '').trim().split(' ')[1]) * 1000
    const state = await observe(host.host, 'shop')
    expect(await inStandby(host.host, 'shop', state, end - 61_000)).toEqual({ tag: 'v1', left: 61_000 })
    expect(await inStandby(host.host, 'shop', state, end + 1)).toEqual({ tag: 'v1', left: 0 })
  })

  it('the same release once more changes nothing', async () => {
    const host = await withV2()
    const [containers, end] = [slots(host), host.text('/opt/shop/standby')]
    host.changes.length = 0
    await deploy(host, 'v2')
    expect({ containers: slots(host), end: host.text('/opt/shop/standby') }).toEqual({ containers, end })
  })

  it('one more takes the place of the slot in standby, once that has ended', async () => {
    const host = await withV2()
    host.registry.set('v3', 3)
    host.takeLog()
    await deploy(host, 'v3')
    expect(stepsOf(host.takeLog(), 'start').filter((line) => line.startsWith('docker stop'))).toEqual([
      'docker stop --time 30 shop-blue',
    ])
    expect(slots(host)).toEqual(['/shop-blue v3 runs unless-stopped', '/shop-green v2 runs on-failure'])
  })
})

describe('a rollback to a slot in standby', () => {
  it('starts nothing: it renames the route, and the slot it left is in standby', async () => {
    const host = await withV2()
    host.takeLog()
    await rollback(host)
    const log = host.takeLog()
    expect(stepsOf(log, 'pull', 'start', 'gate', 'switch')).toMatchInlineSnapshot(`
      [
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:1… 2>/dev/null",
        "# start",
        "# gate",
        "? three probes of 172.18.0.2:8000/health",
        "# switch",
        "? Traefik’s counts of both slots",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:05.000Z","tag":"v1","digest":"sha256:1…","who":"root","kind":"rollback","result":"begun"}",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "docker update --restart unless-stopped shop-blue >/dev/null",
      ]
    `)
    expect(slots(host)).toEqual(['/shop-blue v1 runs unless-stopped', '/shop-green v2 runs on-failure'])
  })

  it('counts only restarts since its switch', async () => {
    const host = await withV2()
    const blue = host.containers.get('shop-blue')
    if (blue) blue.RestartCount = 2
    await rollback(host)
    expect(slots(host)).toEqual(['/shop-blue v1 runs unless-stopped', '/shop-green v2 runs on-failure'])
  })

  it('that does not prove itself goes back to the release that served', async () => {
    const host = await withV2()
    host.failing.add(1)
    await expect(rollback(host)).rejects.toThrow('bake')
    expect(slots(host)).toEqual(['/shop-green v2 runs unless-stopped'])
  })
})

it('a release that serves and gets ill does not go back to the one in standby by itself', async () => {
  const host = await withV2()
  host.broken.add(2)
  await expect(deploy(host, 'v2', appWith({ bake: 4, standby: 600, health: { timeout: 1 } }))).rejects.toThrow('gate')
  expect(slots(host)).toEqual(['/shop-blue v1 runs on-failure', '/shop-green v2 runs unless-stopped'])
})
