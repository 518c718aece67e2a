import { describe, expect, it } from 'vitest'
import type { OnHost } from '../../../runner/play/on-host.ts'
import { appSettings } from '../../../tasks/app/settings.ts'
import { planOn, type Planned } from '../../../tasks/blue-green/plan.ts'
import { settingsOf } from '../../../tasks/blue-green/slots/config.ts'
import {
  appWith,
  good,
  migrationContainer,
  routeOf,
  slotContainer,
  TestHost,
  type TestHostOptions,
  wanted,
} from './builders.ts'

const app = appWith()

interface Scene extends TestHostOptions {
  /** What the variables of the live slot and of the next one differ in, as the host prints it; null: it fails. */
  environment?: string | null
  imageThere?: boolean
  frozen?: string
  /** The names in app.env, and of those the ones with other values. */
  names?: string
  others?: string
  /** What setup left on the host. */
  settings?: object
}

/** A host where v1 serves from blue, and setup has left the app as the inventory has it. */
function hostOf(scene: Scene = {}): TestHost {
  const { environment = '', imageThere = false, frozen = '', names = '', others = '', settings = app, ...more } = scene
  const labels = { 'cutover.settings': JSON.stringify(settingsOf(app)) }
  return new TestHost(
    (command) => {
      if (command.endsWith('| sha256sum | cut -c1-12')) return 'config-2'
      if (command.startsWith('docker image inspect -f')) return ''
      if (command.startsWith('docker image inspect ')) return { code: imageThere ? 0 : 1 }
      if (command.startsWith('folder=$(umask 077;')) return environment ?? { code: 1 }
      if (command.startsWith('/opt/cutover/held.sh ')) return frozen
      if (command.startsWith("sed 's/=.*//'")) return names
      return command.startsWith('grep -vxF') ? others : undefined
    },
    {
      containers: [slotContainer('blue', {}, { labels })],
      route: routeOf('blue'),
      files: { '/opt/shop/settings.json': JSON.stringify({ app: { ...settings, backend: undefined } }) },
      ...more,
    },
  )
}

const plan = (host: TestHost, more: Partial<Planned> = {}): Promise<string[]> =>
  planOn({ view: host.host } as OnHost<unknown>, { app, target: wanted, inventory: undefined, ...more })
const beginning = [
  'shop v1 (111111111111) → v2 (222222222222)',
  'image: is pulled',
  'slot: shop-green, beside shop-blue',
]

describe('a plan', () => {
  it('says what becomes what, and where', async () => {
    expect(await plan(hostOf())).toEqual(beginning)
    expect(await plan(hostOf({ imageThere: true }))).toContain('image: it is on the host')
  })

  it('of a first release has nothing to compare', async () => {
    expect(await plan(hostOf({ containers: [], route: null }))).toEqual([
      'shop v2 (222222222222)',
      'image: is pulled',
      'slot: shop-blue',
    ])
  })

  it('of what serves already is empty', async () => {
    const containers = [slotContainer('blue', wanted)]
    expect(await plan(hostOf({ containers }))).toEqual([
      'shop v2 (222222222222) serves already, with these settings: nothing to release',
    ])
  })

  it('names the settings that differ from those that the live slot was made with', async () => {
    const other = appWith({ memory: '1g', health: { path: '/up' }, env: { A: 'b' } })
    expect(await plan(hostOf(), { app: other })).toEqual([
      ...beginning,
      'settings: health.path "/health" → "/up"',
      'settings: memory not set → "1g"',
    ])
    expect(await plan(hostOf({ containers: [slotContainer('blue')] }))).toContain(
      'settings: not known, for an older Cutover made what serves',
    )
  })

  it('names the variables that differ, and no values', async () => {
    expect(await plan(hostOf({ environment: '~A\n+B\n-C\n' }))).toEqual([
      ...beginning,
      'environment: A changes',
      'environment: B is new',
      'environment: C goes',
    ])
    expect(await plan(hostOf({ environment: null }))).toContain('environment: it could not be compared')
  })

  it('names what would stop it', async () => {
    const history = [good(2, { result: 'refused', config: 'config-2', why: 'no' })]
    expect((await plan(hostOf({ frozen: 'frozen 22:00 - 06:00', history }))).slice(3)).toEqual([
      'stops: frozen 22:00 - 06:00; --force --reason TEXT releases all the same',
      'stops: refused here before (2026-05-01 00:00 UTC, by ada: no); --retry-bad tries it again',
    ])
  })

  it('names what the inventory has otherwise than the host, which setup brings', async () => {
    const inventory = appSettings.parse({
      image: 'x/shop',
      env: { A: 'new', B: '1' },
      secrets: { S: { env: 'S' } },
    })
    const scene = { names: 'A\nGONE\nS\n', others: 'A\nB\n', settings: { ...app, drain: 5 } }
    expect((await plan(hostOf(scene), { inventory })).at(-1)).toBe(
      'setup first: settings.drain, B is new, GONE goes, A changes (npx tsx playbooks/setup.ts --tags apps)',
    )
    expect(await plan(hostOf({ names: 'A\nB\nS\n' }), { inventory })).toEqual(beginning)
    expect((await plan(hostOf({ names: 'A\nB\nS\n', files: {} }), { inventory })).at(-1)).toContain('settings.all')
  })
})

describe('the migration in a plan', () => {
  const plain = appWith({ migrate: ['alembic', 'upgrade'] })
  const named = appWith({ migrate: { command: ['alembic', 'upgrade'], files: '/db' } })
  const of = async (given: typeof app, scene: Scene = {}): Promise<string | undefined> =>
    (await plan(hostOf(scene), { app: given })).find((line) => line.startsWith('migration: '))

  it.each<[string, typeof app, Scene, string]>([
    ['runs', plain, {}, '`alembic upgrade` runs; whether it has anything to do is not known'],
    [
      'has run',
      plain,
      { containers: [slotContainer('blue'), migrationContainer({ running: false })] },
      'not needed, it ran for this release',
    ],
    ['runs for the first time', named, { history: [good(1)] }, '`alembic upgrade` runs'],
    [
      'is not known before the image is there',
      named,
      { history: [good(1, { migration: 'a' })] },
      '`alembic upgrade` runs, unless /db in the image is that of v1',
    ],
    [
      'is not needed',
      named,
      { history: [good(2, { migration: 'a' }), good(1, { migration: 'a' })] },
      'not needed, /db is that of v1',
    ],
    [
      'runs, as the history knows',
      named,
      { history: [good(2, { migration: 'b' }), good(1, { migration: 'a' })] },
      '`alembic upgrade` runs',
    ],
  ])('%s', async (_, given, scene, expected) => {
    expect(await of(given, scene)).toBe(`migration: ${expected}`)
  })
})
