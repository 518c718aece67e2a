import { describe, expect, it, vi } from 'vitest'
import { quote } from '../../../../runner/quote.ts'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { createArgv } from '../../../../tasks/blue-green/slots/slot-container.ts'
import { start } from '../../../../tasks/blue-green/steps/start.ts'
import {
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
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
    { app, wanted, followed: null },
    'green',
    { network: 'traefik-public-shop', address: '172.20.255.253', mark: 'mark' },
    more,
  )
    .map((word) => quote(word))
    .join(' ')

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
    expect(made(await apply(start(contextOf()), hostOf(null)))).toEqual([create(), 'docker start shop-green'])
  })

  it('takes the place of a stopped container', async () => {
    const ended = hostOf({ running: false })
    expect(made(await apply(start(contextOf()), ended))).toEqual([
      'docker rm -f shop-green',
      create(),
      'docker start shop-green',
    ])
  })

  it('takes the place of one that still runs, once that has finished its requests', async () => {
    expect(made(await apply(start(contextOf()), hostOf({}, {})))).toEqual([
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 30 shop-green',
      'docker rm -f shop-green',
      create(),
      'docker start shop-green',
    ])
  })

  it('of an app with a database is on its network, and knows the database’s address', async () => {
    const app = appWith({ database: { password: { env: 'X' } } })
    const commands = made(await apply(start(contextOf(app)), hostOf(null)))
    expect(commands.filter((command) => !command.includes('/run/docker.sock'))).toEqual([
      create(['--add-host', 'shop-postgres:172.19.128.2', '--add-host', 'postgres:172.19.128.2'], app),
      'docker network connect shop-backend shop-green',
      'docker start shop-green',
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
