import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { appStatus, isOutdated, outdatedNotes } from '../../../tasks/blue-green/status.ts'
import { timeSpan } from '../../../tasks/blue-green/time-span.ts'
import type { Container } from '../../../tasks/docker/inspect.ts'
import { noteText } from '../../../tasks/proxy/canary-note.ts'
import { appWith, digest, good, routeOf, slotContainer, TestHost } from './builders.ts'

const df = 'df -h --output=pcent,avail,ipcent /var/lib/docker 2>/dev/null || df -h --output=pcent,avail,ipcent /'
const now = Date.parse('2026-05-04T03:10:00Z')

interface Scene {
  containers?: Container[]
  route?: string | null
  history?: Release[]
  polled?: string
  config?: string
  disk?: string
  held?: string
  /** Whether somebody holds the release lock. */
  watched?: boolean
}

function hostOf({
  containers = [slotContainer('blue')],
  route = routeOf('blue'),
  history,
  polled,
  ...more
}: Scene): TestHost {
  const { config = 'config-1', disk = 'Use% Avail IUse%\n 42%   17G 7%\n', held = '', watched = false } = more
  const script = (command: string): ScriptedOutput | undefined =>
    command.startsWith('/opt/cutover/locked.sh /opt/shop/lock')
      ? watched
        ? '{"who":"eve"}'
        : { code: 1 }
      : command === df
        ? { stdout: disk, code: 1 }
        : command.startsWith('/opt/cutover/held.sh shop')
          ? { stdout: held, code: 1 }
          : command.endsWith('| sha256sum | cut -c1-12')
            ? config
            : undefined
  return new TestHost(script, {
    containers,
    route,
    history,
    files: polled === undefined ? {} : { '/opt/shop/polled': polled },
  })
}
const statusOf = (scene: Scene): ReturnType<typeof appStatus> => appStatus(hostOf(scene).host, appWith(), now)

describe('the status of an app', () => {
  it('that serves', async () => {
    const history = [good(1), good(2, { result: 'refused', who: 'poller' })]
    expect(await statusOf({ history, polled: `${now / 1000 - 90}\n` })).toEqual({
      release: 'v1',
      slot: 'blue',
      digest: '111111111111',
      health: 'healthy',
      since: '10 min',
      poller: '90 s ago',
      disk: '42% used, 17G free',
      alarm: null,
      releasing: null,
      standby: null,
      held: null,
      certificate: null,
      maintenance: false,
      last: 'release v2 refused by poller',
      forced: null,
      canary: null,
      outdated: false,
    })
  })

  it('that was never released', async () => {
    expect(await statusOf({ containers: [], route: null })).toEqual({
      release: 'none',
      slot: '-',
      digest: '-',
      health: '-',
      since: '-',
      poller: 'never',
      disk: '42% used, 17G free',
      alarm: null,
      releasing: null,
      standby: null,
      held: null,
      certificate: null,
      maintenance: false,
      last: '-',
      forced: null,
      canary: null,
      outdated: false,
    })
  })

  it.each([
    ['paused since 2026-05-04T03:00:00Z by ada on laptop: the fair\n', 'paused'],
    ['frozen Fri 16:00 - Mon 06:00 (Europe/Berlin)\n', 'frozen'],
    ['frozen: the host does not know the time zone X\n', 'frozen'],
  ])('whose poller is %s', async (held, poller) => {
    expect(await statusOf({ held, polled: '1' })).toMatchObject({ poller, held: held.trim() })
  })

  it('whose disk is nearly full', async () => {
    const disk = 'Use% Avail IUse%\n 85%   2G 7%\n'
    expect(await statusOf({ disk })).toMatchObject({ alarm: 'its disk is 85% full, 2G free' })
  })

  it('that is in maintenance', async () => {
    const { host } = hostOf({})
    await host.write('/opt/traefik/dynamic/shop.maintenance.yaml', 'x')
    expect(await appStatus(host, appWith(), now)).toMatchObject({ maintenance: true, health: 'healthy' })
  })

  it.each([
    ['somebody watches', true, 'canary v2 10 % since 40 s by ada, for 5 min'],
    [
      'nobody watches',
      false,
      'canary v2 10 % since 40 s by ada: nobody watches it any more, and the host takes it back within two minutes',
    ],
  ])('that has a canary, which %s', async (_, watched, canary) => {
    const containers = [slotContainer('blue'), slotContainer('green', { tag: 'v2' })]
    const route = `${noteText({ slot: 'green', share: 10, since: '2026-05-04T03:09:20Z', seconds: 300, who: 'ada' })}\n${routeOf('blue')}`
    const host = hostOf({ containers, route, history: [good(1)], watched })
    expect(await appStatus(host.host, appWith(), now)).toMatchObject({ release: 'v1', health: 'healthy', canary })
  })

  it('that is not served', async () => {
    const containers = [slotContainer('blue', {}, { running: false, exitCode: 1 })]
    expect(await statusOf({ containers, route: null, history: [good(1)] })).toMatchObject({
      slot: 'blue',
      release: 'v1',
      health: 'NOT SERVED: shop-blue does not run (it ended with 1), its route file is missing',
    })
  })

  it('whose route names a slot that is gone', async () => {
    expect(await statusOf({ containers: [] })).toMatchObject({ release: 'none', slot: 'blue', health: '-', since: '-' })
  })

  it('whose image was released again under another tag has that tag', async () => {
    expect(await statusOf({ history: [good(1), good(1, { tag: 'stable' })] })).toMatchObject({ release: 'stable' })
  })

  it('whose last good release is another image has the tag of its container', async () => {
    expect(await statusOf({ history: [good(2)] })).toMatchObject({ release: 'v1' })
  })

  it('without a health check says so', async () => {
    const containers = [slotContainer('blue', {}, { health: undefined })]
    expect(await statusOf({ containers })).toMatchObject({ health: 'none' })
  })
})

it.each<[string, Scene, boolean]>([
  ['is outdated where its settings were changed since', { config: 'config-2' }, true],
  ['is up to date where they were not', {}, false],
  ['is not outdated where nothing is live', { route: null, config: '' }, false],
])('a release %s', async (_, scene, expected) => {
  expect(await isOutdated(hostOf(scene).host, appWith())).toBe(expected)
})

it('a note for each outdated app says where, and what to do', () => {
  const hosts = new Map([
    ['shop', ['a', 'b']],
    ['blog', ['c']],
  ])
  expect(outdatedNotes(hosts)).toEqual([
    'shop: settings are newer than its release on a, b: deploy to apply (npx tsx playbooks/deploy.ts --app shop)',
    'blog: settings are newer than its release on c: deploy to apply (npx tsx playbooks/deploy.ts --app blog)',
  ])
})

it.each([
  [-5_000, '0 s'],
  [499, '0 s'],
  [500, '1 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_199_000, '120 min'],
  [7_200_000, '2 h'],
  [172_799_000, '48 h'],
  [172_800_000, '2 d'],
  [400_000_000, '5 d'],
])('%i ms are %s for a person', (ms, expected) => {
  expect(timeSpan(ms)).toBe(expected)
})

it('a digest is short', async () => {
  expect((await statusOf({ containers: [slotContainer('blue', { digest: digest('123456789') })] })).digest).toBe(
    '123456789123',
  )
})
