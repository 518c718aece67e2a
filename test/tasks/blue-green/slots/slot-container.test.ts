import { describe, expect, it } from 'vitest'
import type { ResolvedRelease } from '../../../../tasks/blue-green/context.ts'
import {
  broughtName,
  createArgv,
  dockerWithEnvironment,
  reference,
} from '../../../../tasks/blue-green/slots/slot-container.ts'
import { newReleaseHeader, routeFor } from '../../../../tasks/proxy/route.ts'
import { appWith, digest, TestHost, wanted } from '../builders.ts'

const releaseOf = (more: Record<string, unknown> = {}): ResolvedRelease => ({
  app: appWith(more),
  wanted,
})

/** The value of an option. */
const option = (argv: readonly string[], name: string): string | undefined => argv[argv.indexOf(name) + 1]

const place = { network: 'traefik-public-shop', address: '172.20.255.254' }

describe('docker create', () => {
  it('of a slot on a host that was not set up by this version is for the network of all apps', () => {
    const argv = createArgv(releaseOf(), 'blue', { network: 'traefik-public', address: '' })
    expect([option(argv, '--network'), argv.includes('--ip')]).toEqual(['traefik-public', false])
    expect(argv.find((word) => word.startsWith('cutover.route='))).toContain('url: "http://shop-blue:8000"')
  })

  it('of a slot', () => {
    expect(createArgv(releaseOf(), 'green', { ...place, mark: 'mark' }, ['--add-host', 'a:192.0.2.9'])).toEqual([
      ...['docker', 'create', '--name', 'shop-green', '--network', 'traefik-public-shop'],
      ...['--ip', '172.20.255.254', '--restart', 'unless-stopped'],
      ...['--env-file', '/opt/shop/app.env', '--env', 'CUTOVER_SLOT=green'],
      ...['--label', 'cutover.app=shop', '--label', 'cutover.slot=green', '--label', 'cutover.tag=v2'],
      ...['--label', `cutover.digest=${digest(2)}`, '--label', 'cutover.config=config-2'],
      '--label',
      'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":60,"interval":5},' +
        '"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}',
      ...[
        '--label',
        'cutover.mark=mark',
        '--label',
        `cutover.route=${routeFor(appWith(), 'green', 'mark', place.address)}`,
      ],
      ...['--health-interval', '5s', '--health-timeout', '5s', '--health-retries', '3'],
      ...['--health-start-period', '60s', '--stop-timeout', '30'],
      ...['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
      ...['--add-host', 'a:192.0.2.9'],
      `x/shop@${digest(2)}`,
    ])
  })

  it('takes memory, health times and drain from the settings; Docker takes whole seconds to stop', () => {
    const argv = createArgv(
      releaseOf({ memory: '512m', drain: 1.5, health: { interval: 2, timeout: 0 } }),
      'blue',
      place,
    )
    expect(argv.slice(-3)).toEqual(['--memory', '512m', `x/shop@${digest(2)}`])
    expect(['--stop-timeout', '--health-interval', '--health-start-period'].map((name) => option(argv, name))).toEqual([
      '2',
      '2s',
      '1s',
    ])
  })

  it('limits processors and memory, and runs a command of the settings', () => {
    const argv = createArgv(releaseOf({ memory: '512m', cpus: 1.5, command: ['serve', '--all'] }), 'blue', place, [
      '--init',
    ])
    expect(argv.slice(-8)).toEqual([
      ...['--init', '--cpus', '1.5', '--memory', '512m', `x/shop@${digest(2)}`, 'serve', '--all'],
    ])
  })

  it('marks each slot anew, with what tells the world nothing of slot, tag or digest', () => {
    const marks = [0, 1].map(() => {
      const label = createArgv(releaseOf(), 'blue', place).find((word) => word.startsWith('cutover.mark='))
      return label?.slice('cutover.mark='.length) ?? ''
    })
    expect(marks[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(marks[0]).not.toBe(marks[1])
    expect(routeFor(appWith(), 'green', newReleaseHeader())).not.toMatch(/v2|2222/)
  })
})

it('an image is named by its digest, and one that came from a Docker by its id', () => {
  const brought: ResolvedRelease = { ...releaseOf(), wanted: { ...wanted, from: 'docker' } }
  expect(reference(releaseOf())).toBe(`x/shop@${digest(2)}`)
  expect(reference(brought)).toBe(digest(2))
  expect(broughtName(brought)).toBe('x/shop:cutover-222222222222')
  expect(createArgv(brought, 'blue', place)).toContain('cutover.from=docker')
  expect(createArgv(brought, 'blue', place).at(-1)).toBe(digest(2))
})

it('the exports are sourced before docker, where there are any', async () => {
  const host = new TestHost((command) => (command.startsWith('if [') ? '' : undefined))
  await dockerWithEnvironment(host.host, 'shop', ['docker', 'create', '--env', 'A=b c'])
  expect(host.commands).toEqual([
    "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --env 'A=b c'",
  ])
})
