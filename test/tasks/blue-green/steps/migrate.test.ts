import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import type { Release } from '../../../../tasks/blue-green/history.ts'
import { migrate } from '../../../../tasks/blue-green/steps/migrate.ts'
import {
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
  digest,
  failure,
  good,
  migrationContainer,
  routeOf,
  slotContainer,
  TestHost,
  wanted,
} from '../builders.ts'

const app = appWith({ migrate: ['alembic', 'upgrade head'] })
const withDatabase = appWith({ migrate: ['alembic', 'upgrade head'], database: { password: { env: 'X' } } })
const wait = 'docker wait shop-migration'
const removeQuietly = 'docker rm -f shop-migration 2>/dev/null'

const run = (network: string, more = ''): string =>
  'if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker run --detach --name shop-migration ' +
  `--env-file /opt/shop/app.env --network ${network} ${more}--label cutover.digest=${digest(2)} ` +
  `--label cutover.config=config-2 x/shop@${digest(2)} alembic 'upgrade head'`

interface Scene {
  migration?: ContainerOptions | null
  status?: string
  green?: boolean
  config?: string
  address?: string
}

function hostOf({ migration = null, status = '0', green = false, config = wanted.config, address }: Scene): TestHost {
  const script = (command: string): ScriptedOutput | undefined => {
    if (command.endsWith('| sha256sum | cut -c1-12')) return config
    if (command.includes('/run/docker.sock')) return `{"Labels":{"cutover.address":"${address ?? ''}"}}\n200`
    if (command === wait) return `${status}\n`
    if (command === removeQuietly) return { code: 1 }
    if (command.startsWith('docker logs')) return 'one\ntwo\n'
    return /^(docker rm|if \[ -f .* docker run) /.test(command) ? '' : undefined
  }
  return new TestHost(script, {
    route: routeOf('blue'),
    containers: [
      slotContainer('blue'),
      ...(green ? [slotContainer('green', wanted)] : []),
      ...(migration ? [migrationContainer(migration)] : []),
    ],
  })
}

/** Without the digest of the settings and the question for the database's address. */
const made = (commands: string[]): string[] =>
  commands.filter((command) => !/sha256sum|^input |docker\.sock/.test(command))

const todo = { summary: 'alembic upgrade head' }
const ofAnother = { labels: { 'cutover.digest': digest(1) } }
const ofOtherSettings = { labels: { 'cutover.config': 'config-1' } }

describe('the migration', () => {
  it.each<[string, Scene, object | null]>([
    ['was never run', {}, todo],
    ['was run by this release', { migration: { running: false } }, null],
    ['was run by another image', { migration: { running: false, ...ofAnother } }, todo],
    ['was run with other settings', { migration: { running: false, ...ofOtherSettings } }, todo],
    ['runs still', { migration: {} }, todo],
    ['failed', { migration: { running: false, exitCode: 1 } }, todo],
    ['was made and not started yet', { migration: { running: false, status: 'created' } }, todo],
    ['was not needed', { migration: { running: false, status: 'created', labels: { 'cutover.needed': 'no' } } }, null],
    ['was run, for the slot of this release is there', { green: true }, null],
  ])('%s', async (_, scene, expected) => {
    expect(await check(migrate(contextOf(app)), hostOf(scene))).toEqual(expected)
  })

  it('is run by the new image in a container of its own, and waited for', async () => {
    expect(made(await apply(migrate(contextOf(app)), hostOf({})))).toEqual([removeQuietly, run('traefik-public'), wait])
  })

  it.each([
    ['knows its address', '172.19.128.2', '--add-host shop-postgres:172.19.128.2 --add-host postgres:172.19.128.2 '],
    ['finds it by its name on an older network', '', ''],
  ])('of an app with a database is run on its network, and %s', async (_, address, more) => {
    expect(made(await apply(migrate(contextOf(withDatabase)), hostOf({ address })))).toEqual([
      removeQuietly,
      run('shop-backend', more),
      wait,
    ])
  })

  it('that an interrupted run left behind is waited for, and not run again', async () => {
    expect(made(await apply(migrate(contextOf(app)), hostOf({ migration: {} })))).toEqual([wait, wait])
  })

  it('of another release that still runs is waited for before this one is run', async () => {
    expect(made(await apply(migrate(contextOf(app)), hostOf({ migration: ofAnother })))).toEqual([
      wait,
      removeQuietly,
      run('traefik-public'),
      wait,
    ])
  })

  it('is not run with settings that were changed meanwhile', async () => {
    const host = hostOf({ config: 'another' })
    expect((await failure(apply(migrate(contextOf(app)), host))).message).toBe(
      'the settings of shop on scripted were changed while it was released',
    )
    expect(made(host.changes)).toEqual([])
  })

  it('that fails is a reason to refuse the release, with its last lines; it is removed, to be run again', async () => {
    const host = hostOf({ status: '3' })
    expect(await failure(apply(migrate(contextOf(app)), host))).toEqual({
      kind: 'RefusedError',
      message: 'the migration failed: it ended with 3',
      hint: 'Its last log lines:\n  one\n  two\nThe old release serves on.',
    })
    expect(made(host.changes)).toEqual([
      removeQuietly,
      run('traefik-public'),
      wait,
      'docker logs --tail 1000 shop-migration 2>&1 | (umask 077; tee /var/log/cutover/shop-refused.log 2>/dev/null) | tail -n 100',
      'docker rm -f shop-migration',
    ])
  })
})

describe('a migration that names its files', () => {
  const files = '/app/db/migrations'
  const named = appWith({ migrate: { command: ['alembic', 'upgrade head'], files } })
  const owned = appWith({
    migrate: { command: ['alembic', 'upgrade head'], files },
    database: { password: { env: 'X' } },
  })
  const reading = /^name=shop-migration path=/
  /** A host where the files have a digest, and the last good release was left with another one, or the same. */
  const scene = (read: ScriptedOutput, history: Release[]): TestHost =>
    new TestHost(
      (command) => {
        if (command.endsWith('| sha256sum | cut -c1-12')) return wanted.config
        if (reading.test(command)) return read
        if (command.includes('/run/docker.sock')) return '{"Labels":{"cutover.address":""}}\n200'
        if (command === wait) return '0\n'
        if (command.startsWith('sh -c ')) return 'volume shop-postgres'
        return /^(docker rm|if \[ -f .* docker (run|create)) /.test(command) ? '' : undefined
      },
      { route: routeOf('blue'), history, containers: [slotContainer('blue')] },
    )
  const migration = async (host: TestHost, app = named): Promise<string[]> =>
    made(await apply(migrate(contextOf(app)), host)).filter((command) => !reading.test(command))
  const labelled = (more: string): string =>
    `--label cutover.digest=${digest(2)} --label cutover.config=config-2 --label cutover.files=${more} x/shop@${digest(2)} alembic 'upgrade head'`

  it('says that it may not be run', async () => {
    expect(await check(migrate(contextOf(named)), scene('', []))).toEqual({
      summary: `alembic upgrade head, unless ${files} is that of the last release`,
    })
  })

  it.each<[string, Release[]]>([
    ['are other ones than at the last good release', [good(1, { migration: 'files 1' })]],
    ['are not known of the last good release', [good(1)]],
    [
      'are those of a release that was gone back from',
      [good(2, { migration: 'files 2' }), good(1, { migration: 'files 1' })],
    ],
    ['are those of a release that was refused', [good(1), good(2, { result: 'refused', migration: 'files 2' })]],
    ['are the first', []],
  ])('is run if they %s', async (_, history) => {
    const [, run, waited] = await migration(scene('files 2\n', history))
    expect([run, waited]).toEqual([expect.stringContaining('docker run --detach'), wait])
    expect(run).toContain("--label 'cutover.files=files 2' ")
  })

  it('is not run if they are those of the last good release: its container only says so', async () => {
    const history = [good(1, { migration: 'abc' }), good(3, { result: 'refused', migration: 'x' })]
    const commands = await migration(scene('abc\n', history))
    expect(commands).toHaveLength(2)
    expect(commands[1]).toMatch(/ docker create --name shop-migration /)
    expect(commands[1]).toContain(labelled('abc --label cutover.needed=no'))
  })

  it('reads them in a container that never runs, with what the database is', async () => {
    const host = scene('abc\n', [])
    await migration(host, owned)
    const read = host.log.find((command) => reading.test(command)) ?? ''
    expect(read).toContain(
      `docker create --name shop-migration --network none x/shop@${digest(2)} alembic 'upgrade head'`,
    )
    expect(read).toContain('for volume in shop-postgres; do')
    expect(read).toContain('cat /opt/shop/restored')
  })

  it.each([
    [3, 'the image of shop has no /app/db/migrations, where `migrate.files` looks for its migrations'],
    [1, 'the migrations in the image of shop could not be read'],
  ])('that cannot be read (%i) is a reason to refuse the release', async (code, message) => {
    const error = await failure(migration(scene({ code, stderr: 'Docker’s words\n' }, [])))
    expect(error).toMatchObject({ kind: 'RefusedError', message })
    expect(error.hint).toContain('Docker’s words')
  })
})
