import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, settingsText } from '../../../tasks/app/index.ts'
import type { CutOver } from '../../../tasks/blue-green/cut-over-summary.ts'
import { unfinishedTarget } from '../../../tasks/blue-green/detach.ts'
import { release } from '../../../tasks/blue-green/release.ts'
import { resolveTag } from '../../../tasks/blue-green/resolve.ts'
import { appWith, digest, failure } from './builders.ts'
import { clock } from './clock.ts'
import { onHost, SimulatedHost } from './simulated-host.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => {
  clock.reset()
  vi.stubEnv('CUTOVER_WHO', 'ada')
})

const app = appWith({ bake: 4 })
const signal = new AbortController().signal
const deploy = (host: SimulatedHost, tag: string, detach: boolean, of: App = app): Promise<CutOver | null> =>
  release(onHost(host), {
    app: of,
    title: tag,
    kind: 'release',
    signal,
    detach,
    target: (view) => resolveTag(view, of, tag),
  })

/** A host where v1 serves, and setup has left the program with these settings. */
async function withV1(settings: string | null = settingsText(app)): Promise<SimulatedHost> {
  const host = new SimulatedHost()
  await deploy(host, 'v1', false)
  host.answers.set('[ -x /opt/shop/finish ]', settings === null ? { code: 1 } : '')
  if (settings !== null)
    host.files.set('/opt/shop/settings.json', { content: settings, mode: '644', owner: 'root:root' })
  host.takeLog()
  return host
}
const slots = (host: SimulatedHost): string[] =>
  [...host.containers.keys()].filter((name) => /-(blue|green)$/.test(name))
const start =
  'systemd-run --quiet --collect --unit=cutover-finish-shop --setenv=CUTOVER_WHO=ada ' +
  '--property=StandardOutput=append:/var/log/cutover/shop-poller.log --property=StandardError=inherit ' +
  `/opt/shop/finish --kind release --tag v2 --digest ${digest(2)}`

describe('a detached release', () => {
  it('ends after the confirmed switch, and its host goes on by itself', async () => {
    const host = await withV1()
    host.answers.set(start, '')
    const cut = await deploy(host, 'v2', true)
    expect(cut).toMatchObject({ from: 'v1', to: 'v2', detached: { digest: digest(2) } })
    const log = host.takeLog()
    expect(log.filter((line) => /^(#|barrier)/.test(line))).toEqual([
      ...['# detach', '# resolve', '# route', '# pull', '# start', '# gate', 'barrier: shop is ready everywhere'],
      ...['# switch', '# confirm', 'barrier: shop is switched everywhere'],
    ])
    expect(log.at(-1)).toBe(start.replace(/(sha256:2)2+/, '$1…'))
    expect(host.history.map(({ tag }) => tag)).toEqual(['v1'])
  })

  it('is finished at once where there is nothing to switch', async () => {
    const host = await withV1()
    expect(await deploy(host, 'v1', true)).toBeNull()
    expect(host.takeLog().some((line) => line.startsWith('systemd-run'))).toBe(false)
  })

  it.each([
    [
      'an older setup left no such program',
      null,
      'scripted has no program that could finish a release of shop by itself',
    ],
    [
      'setup left other settings there',
      settingsText(appWith({ bake: 5 })),
      'the settings of shop on scripted are not those of the inventory, so that it can’t finish this release by itself',
    ],
  ])('is refused before anything is changed where %s', async (_, settings, message) => {
    const host = await withV1(settings)
    const { cause } = (await deploy(host, 'v2', true).catch((error: unknown) => error)) as Error
    expect(cause).toMatchObject({
      message: message.replace('’', "'"),
      hint: 'Run setup first: npx tsx playbooks/setup.ts. Or release without --detach.',
    })
    expect(slots(host)).toEqual(['shop-blue'])
    expect(host.takeLog().filter((line) => line.startsWith('#'))).toEqual(['# detach'])
  })
})

describe('what the host finishes', () => {
  it('is the release that serves', async () => {
    const host = await withV1()
    const target = { kind: 'release', tag: 'v1', digest: digest(1) } as const
    expect(await unfinishedTarget(host.host, app, target)).toEqual({ tag: 'v1', digest: digest(1) })
  })

  it('is, after a rollback, asked where it listened then', async () => {
    const host = await withV1()
    const target = { kind: 'rollback', tag: 'v1', digest: digest(1) } as const
    expect(await unfinishedTarget(host.host, app, target)).toMatchObject({ port: 8000, path: '/health' })
  })

  it('is nothing where somebody has released another one meanwhile', async () => {
    const host = await withV1()
    expect(
      await failure(unfinishedTarget(host.host, app, { kind: 'release', tag: 'v2', digest: digest(2) })),
    ).toMatchObject({ message: 'shop v2 is not finished: v1 was released meanwhile', hint: 'There is nothing to do.' })
  })
})
