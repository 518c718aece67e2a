import { describe, expect, it, vi } from 'vitest'
import { quote } from '../../../../runner/quote.ts'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { routeFor } from '../../../../tasks/proxy/index.ts'
import { createArgv } from '../../../../tasks/blue-green/slots/slot-container.ts'
import { start } from '../../../../tasks/blue-green/steps/start.ts'
import {
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
  digest,
  failure,
  routeOf,
  slotContainer,
  TestHost,
  undo,
  wanted,
} from '../builders.ts'

vi.mock('../../../../tasks/proxy/route.ts', async (original) => ({
  ...(await original<object>()),
  newReleaseHeader: () => 'mark',
}))

const digestOfConfig = (command: string): boolean => command.endsWith('| sha256sum | cut -c1-12')
const script =
  (config = wanted.config) =>
  (command: string): ScriptedOutput | undefined => {
    if (digestOfConfig(command)) return config
    if (command.includes('http://docker/networks/shop-backend'))
      return '{"Labels":{"cutover.address":"172.19.128.2"}}\n200'
    if (command.includes('http://docker/networks/traefik-public-shop'))
      return '{"Labels":{"cutover.address":"172.20.255.254"}}\n200'
    return /^(docker |if \[)/.test(command) ? '' : undefined
  }

/** What creates the container, as the shell gets it. */
const create = (more: string[] = [], app = appWith()): string =>
  `if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; ` +
  createArgv(
    { app, wanted },
    'green',
    { network: 'traefik-public-shop', address: '172.20.255.253', mark: 'mark' },
    more,
  )
    .map((word) => quote(word))
    .join(' ')

/** What creates the container and starts it, in one command. */
const createAndStart = (more: string[] = [], app = appWith(), connect = ':'): string =>
  `${create(more, app)} && ${connect} && docker start shop-green`

const hostOf = (green: ContainerOptions | null, labels: object = wanted, live: 'blue' | 'green' = 'blue'): TestHost =>
  new TestHost(script(), {
    containers: [slotContainer('blue'), ...(green ? [slotContainer('green', labels, green)] : [])],
    route: routeOf(live),
  })

/** Without the digest of the settings, which a test of its own shows. */
const made = (commands: string[]): string[] =>
  commands.filter(
    (command) =>
      !digestOfConfig(command) && !command.startsWith('input ') && !command.includes('/networks/traefik-public-shop'),
  )

describe('a new slot', () => {
  it.each<[string, TestHost, object | null]>([
    ['is not there', hostOf(null), { summary: 'shop-green v2', slot: 'green' }],
    ['runs already', hostOf({}), null],
    ['has ended', hostOf({ running: false }), { summary: 'shop-green v2', slot: 'green' }],
    ['is stopping', hostOf({ restart: 'no' }), { summary: 'shop-green v2', slot: 'green' }],
    ['is another release', hostOf({}, {}), { summary: 'shop-green v2', slot: 'green' }],
    ['was made by an older Cutover', hostOf({}, { ...wanted, route: '' }), { summary: 'shop-green v2', slot: 'green' }],
    ['was made by an older Cutover, and serves', hostOf({}, { ...wanted, route: '' }, 'green'), null],
  ])('that %s', async (_, host, expected) => {
    expect(await check(start(contextOf()), host)).toEqual(expected)
  })

  it('is created and started', async () => {
    expect(made(await apply(start(contextOf()), hostOf(null)))).toEqual([createAndStart()])
  })

  it('takes the place of a stopped container', async () => {
    const ended = hostOf({ running: false })
    expect(made(await apply(start(contextOf()), ended))).toEqual(['docker rm -f shop-green', createAndStart()])
  })

  describe('that was stopped, and is as it would be made now,', () => {
    const app = appWith({ drain: 30 })
    const asNew = { ...wanted, mark: 'mark', route: routeFor(app, 'green', 'mark', '172.20.255.253') }
    const stopped: ContainerOptions = { running: false, restart: 'no', stopTimeout: 30 }
    const again = 'docker update --restart unless-stopped shop-green >/dev/null && docker start shop-green >/dev/null'

    it('is started again', async () => {
      expect(made(await apply(start(contextOf(app)), hostOf(stopped, asNew)))).toEqual([again])
    })

    it('is made anew if Docker cannot start it', async () => {
      const host = new TestHost((command) => (command === again ? { code: 1 } : script()(command)), {
        containers: [slotContainer('blue'), slotContainer('green', asNew, stopped)],
        route: routeOf('blue'),
      })
      expect(made(await apply(start(contextOf(app)), host))).toEqual([
        again,
        'docker rm -f shop-green',
        createAndStart([], app),
      ])
    })

    it.each<[string, object, ContainerOptions]>([
      ['another image', { ...asNew, digest: digest(1) }, stopped],
      ['other settings', { ...asNew, config: 'config-1' }, stopped],
      ['another tag', { ...asNew, tag: 'main' }, stopped],
      ['another route', { ...asNew, route: routeFor(app, 'green', 'mark', '172.20.255.9') }, stopped],
      ['another drain', asNew, { ...stopped, stopTimeout: 5 }],
      ['that it was never started', asNew, { ...stopped, startedAt: '0001-01-01T00:00:00Z' }],
    ])('but for %s, is made anew', async (_, labels, options) => {
      expect(made(await apply(start(contextOf(app)), hostOf(options, labels)))).toContain('docker rm -f shop-green')
    })

    it.each([
      ['knows', ['postgres:172.19.128.2', 'shop-postgres:172.19.128.2'], true],
      ['does not know', ['postgres:172.19.0.9', 'shop-postgres:172.19.0.9'], false],
    ])('and %s where its database is: %j', async (_, hosts, expected) => {
      const owner = appWith({ database: { password: { env: 'X' } } })
      const commands = made(await apply(start(contextOf(owner)), hostOf({ ...stopped, hosts }, asNew)))
      expect(commands.includes(again)).toBe(expected)
    })
  })

  it('takes the place of one that still runs, once that has finished its requests', async () => {
    expect(made(await apply(start(contextOf()), hostOf({}, {})))).toEqual([
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 30 shop-green',
      'docker rm -f shop-green',
      createAndStart(),
    ])
  })

  it('of an app with a database is on its network, and knows the database’s address', async () => {
    const app = appWith({ database: { password: { env: 'X' } } })
    const commands = made(await apply(start(contextOf(app)), hostOf(null)))
    expect(commands.filter((command) => !command.includes('/run/docker.sock'))).toEqual([
      createAndStart(
        ['--add-host', 'shop-postgres:172.19.128.2', '--add-host', 'postgres:172.19.128.2'],
        app,
        'docker network connect shop-backend shop-green',
      ),
    ])
  })

  it('is not made with settings that were changed meanwhile', async () => {
    const host = new TestHost(script('another'), { route: null })
    expect((await failure(apply(start(contextOf()), host))).message).toBe(
      'the settings of shop on scripted were changed while it was released',
    )
    expect(made(host.changes)).toEqual([])
  })

  it('is never made in the place of what serves', async () => {
    const host = hostOf(null, {}, 'blue')
    const change = { summary: '', slot: 'blue' }
    expect((await failure(start(contextOf()).apply(host.host, change))).message).toBe(
      'shop-blue serves: it is not removed',
    )
    expect(made(host.changes)).toEqual([])
  })

  it('is removed by the undo', async () => {
    expect(await undo(start(contextOf()), hostOf({}), { summary: '', slot: 'green' } as never)).toEqual([
      'docker rm -f shop-green',
    ])
  })
})
