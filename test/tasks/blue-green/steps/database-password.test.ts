import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { databasePassword, formerPassword } from '../../../../tasks/blue-green/steps/database-password.ts'
import type { Container } from '../../../../tasks/docker/inspect.ts'
import {
  apply,
  appWith,
  check,
  container,
  contextOf,
  failure,
  migrationContainer,
  routeOf,
  slotContainer,
  TestHost,
  undo,
  wanted,
} from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const app = appWith({ database: { password: { env: 'X' } } })
const letInFile = '/opt/shop/postgres/let-in'
const isSetUp = '[ -f /opt/shop/postgres/password ] && [ -f /opt/cutover/database-password.sh ]'
const exec = 'docker exec --interactive shop-postgres sh -c "$(cat /opt/cutover/database-password.sh)" sh'
const tryIt = `${exec} try </opt/shop/postgres/password`
const changeIt = `${exec} change </opt/shop/postgres/password`
const kept = 'SCRAM-SHA-256$4096:salt$stored:server'
const restoreIt = 'with PGDATABASE=postgres: docker exec --interactive --env PGDATABASE shop-postgres sh -c'
const restored = `input ALTER ROLE CURRENT_USER PASSWORD '${kept}';\n`
const letIn = (...names: string[]): string => [exec, 'let_in', 'shop-backend', ...names, '</dev/null'].join(' ')

interface Scene {
  /** What `try` prints, or how it ends. */
  answer?: ScriptedOutput
  /** Names that are let in already. */
  letIn?: string[]
  containers?: Container[]
  route?: string | null
  setUp?: boolean
  database?: Container | null
}

function hostOf(scene: Scene = {}): TestHost {
  const script = (command: string): ScriptedOutput | undefined => {
    const { answer = `kept:${kept}\n`, setUp = true } = scene
    if (command === isSetUp) return { code: setUp ? 0 : 1 }
    if (command === tryIt) return answer
    return command.startsWith(exec) || command.startsWith(restoreIt) || command.startsWith('rm -f ') ? '' : undefined
  }
  const { containers = [slotContainer('blue')], route = routeOf('blue'), database = container('shop-postgres') } = scene
  return new TestHost(script, {
    containers: [...containers, ...(database ? [database] : [])],
    route,
    files: scene.letIn ? { [letInFile]: `${scene.letIn.join('\n')}\n` } : {},
  })
}

const step = (): ReturnType<typeof databasePassword> => databasePassword(contextOf(app))
const live = slotContainer('blue', { ...wanted, digest: 'sha256:other' })

describe('the password of the database', () => {
  it.each<[string, Scene, object | null]>([
    ['is another one', {}, { summary: "becomes the inventory's", letInBefore: [] }],
    ['is the inventory’s', { answer: 'ok\n' }, null],
    [
      'is another one, and names are let in',
      { letIn: ['shop-green'] },
      { summary: "becomes the inventory's", letInBefore: ['shop-green'] },
    ],
    [
      'is another one though what serves has the current settings: names are let in',
      { containers: [live], letIn: ['x'] },
      { summary: "becomes the inventory's", letInBefore: ['x'] },
    ],
    ['is changed by hand on a host of an older Cutover', { setUp: false }, null],
    [
      'is another one before the first release',
      { containers: [], route: null },
      { summary: "becomes the inventory's", letInBefore: [] },
    ],
    [
      'is another one where the routed slot is gone',
      { containers: [] },
      { summary: "becomes the inventory's", letInBefore: [] },
    ],
  ])('%s', async (_, scene, expected) => {
    expect(await check(step(), hostOf(scene))).toEqual(expected)
  })

  it('is not even asked for where what serves was made with the current settings', async () => {
    const host = hostOf({ containers: [live] })
    expect(await check(step(), host)).toBeNull()
    expect(host.changes).toEqual([])
  })

  it('is changed once what serves is let in without one', async () => {
    const host = hostOf()
    expect(await apply(step(), host)).toEqual([`write ${letInFile} 644 root:root`, letIn('shop-blue'), changeIt])
    expect(host.text(letInFile)).toBe('shop-blue\n')
  })

  it('is changed beside those that are let in already, each once', async () => {
    const host = hostOf({ letIn: ['shop-green', 'shop-blue'] })
    expect(await apply(step(), host)).toEqual([
      `write ${letInFile} 644 root:root`,
      letIn('shop-green', 'shop-blue'),
      changeIt,
    ])
    expect(host.text(letInFile)).toBe('shop-green\nshop-blue\n')
  })

  it('is changed at once where nothing serves', async () => {
    expect(await apply(step(), hostOf({ containers: [], route: null }))).toEqual([changeIt])
    expect(await apply(step(), hostOf({ containers: [] }))).toEqual([changeIt])
  })
})

/** What an undo does, without the script around psql. */
const undone = async (task: ReturnType<typeof step>, host: TestHost, change: unknown): Promise<string[]> =>
  (await undo(task, host, change as never)).map((command) => command.split(" 'command -v psql")[0] ?? '')

describe('the undo of the change of a password', () => {
  it('gives the former one back, and lets nobody in', async () => {
    const [host, task] = [hostOf(), step()]
    const change = await check(task, host)
    await apply(task, host)
    expect(await undone(task, host, change)).toEqual([restoreIt, restored, letIn(), `rm -f ${letInFile}`])
  })

  it('lets in who was let in before', async () => {
    const [host, task] = [hostOf({ letIn: ['shop-green'] }), step()]
    const change = await check(task, host)
    expect(await undone(task, host, change)).toEqual([
      restoreIt,
      restored,
      `write ${letInFile} 644 root:root`,
      letIn('shop-green'),
    ])
  })

  it('remembers the former one of the first look, not of a later one', async () => {
    const scene: Scene = {}
    const [host, task] = [hostOf(scene), step()]
    const change = await check(task, host)
    scene.answer = 'kept:of a half-done run'
    await check(task, host)
    expect((await undone(task, host, change))[1]).toBe(restored)
  })

  it('without a former one takes back who is let in alone', async () => {
    expect(await undo(step(), hostOf(), { summary: '', letInBefore: [] } as never)).toEqual([
      letIn(),
      `rm -f ${letInFile}`,
    ])
  })

  it('is left undone while a migration works with the new one', async () => {
    const host = hostOf({ containers: [slotContainer('blue'), migrationContainer()] })
    expect(await undo(step(), host, { summary: '', letInBefore: [] } as never)).toEqual([])
    host.containers.set('shop-migration', migrationContainer({ running: false }))
    expect(await undo(step(), host, { summary: '', letInBefore: [] } as never)).toHaveLength(2)
  })

  it('is left undone once the lock is somebody else’s', async () => {
    const lost = contextOf(app, {
      assertLockHeld: () => {
        throw new Error('the lock is lost')
      },
    })
    const host = hostOf()
    const undone = undo(databasePassword(lost), host, { summary: '', letInBefore: [] } as never)
    expect((await failure(undone)).message).toBe('the lock is lost')
    expect(host.commands).toEqual([])
  })
})

describe('a database that does not answer', () => {
  const away = { code: 1, stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' }

  it('because dockerd is away is asked again every second', async () => {
    const scene: Scene = { answer: away }
    clock.onSleep = (count) => {
      if (count === 3) scene.answer = 'ok'
    }
    const host = hostOf(scene)
    expect(await check(step(), host)).toBeNull()
    expect(host.changes).toEqual([isSetUp, tryIt, tryIt, tryIt, tryIt])
    expect(clock.sleeps).toEqual([1_000, 1_000, 1_000])
  })

  it('because it does not run is waited for', async () => {
    const host = hostOf({ database: container('shop-postgres', { running: false }), answer: 'ok' })
    clock.onSleep = (count) => {
      if (count === 2) host.containers.set('shop-postgres', container('shop-postgres'))
    }
    expect(await check(step(), host)).toBeNull()
    expect(host.changes).toEqual([isSetUp, tryIt])
    expect(clock.sleeps).toEqual([1_000, 1_000])
  })

  it('within fifteen seconds fails the release', async () => {
    const host = hostOf({ database: null, answer: { code: 1, stderr: 'Error response: No such container\nx' } })
    expect(await failure(check(step(), host))).toEqual({
      kind: 'CutoverError',
      message: "shop-postgres does not say whether it has the inventory's password: x",
      hint: 'Does it run? docker ps -a; docker logs shop-postgres. Setup starts it.',
    })
    expect(clock.sleeps).toHaveLength(15)
    expect(host.changes).toEqual([isSetUp, tryIt])
  })

  it('because dockerd stays away fails the release', async () => {
    expect((await failure(check(step(), hostOf({ answer: away })))).message).toBe(
      "shop-postgres does not say whether it has the inventory's password: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
    )
    expect(clock.sleeps).toHaveLength(15)
  })

  it.each([
    [
      'psql: error: FATAL:  role "shop" does not exist',
      'PostgreSQL makes its user and its database only with a new volume. Name those that it has, database: { user: NAME, name: NAME }, or make the others in PostgreSQL.',
    ],
    [
      'ERROR:  permission denied for table pg_authid',
      'Its user may not look there. Change the password by hand (docker exec -it shop-postgres psql …, then \\password), and deploy again.',
    ],
    ['something else', 'Does it run? docker ps -a; docker logs shop-postgres. Setup starts it.'],
  ])('as it should is told at once, with what to do: %s', async (stderr, hint) => {
    expect(await failure(check(step(), hostOf({ answer: { code: 2, stderr: `first\n${stderr}\n` } })))).toEqual({
      kind: 'CutoverError',
      message: `shop-postgres does not say whether it has the inventory's password: ${stderr}`,
      hint,
    })
    expect(clock.sleeps).toEqual([])
  })

  it('to a change fails with its own command', async () => {
    const host = new TestHost(
      (command) =>
        command === changeIt
          ? { code: 3, stderr: 'no' }
          : command === isSetUp
            ? ''
            : command === tryIt
              ? `kept:${kept}`
              : undefined,
      { containers: [container('shop-postgres')] },
    )
    expect(await failure(apply(step(), host))).toEqual({
      kind: 'CommandError',
      message: 'docker exec --interactive shop-postgres sh -c /opt/cutover/database-password.sh change ended with 3',
      hint: undefined,
    })
  })

  it('is not hidden by an error of another kind', async () => {
    const host = new TestHost((command) => (command === isSetUp ? '' : undefined), {
      containers: [container('shop-postgres')],
    })
    expect((await failure(check(step(), host))).message).toContain('does not know the command')
  })
})

describe('once the old release has ended', () => {
  const former = formerPassword(contextOf(app))

  it('nobody is let in without a password any more', async () => {
    const host = hostOf({ letIn: ['shop-blue', 'shop-green'] })
    expect(await check(former, host)).toEqual({
      summary: 'shop-blue, shop-green ended: no login without a password',
    })
    expect(await apply(former, host)).toEqual([letIn(), `rm -f ${letInFile}`])
  })

  it.each([
    ['there is no file', undefined],
    ['the file is empty', []],
  ])('nothing is to be done where %s', async (_, names) => {
    expect(await check(former, hostOf({ letIn: names }))).toBeNull()
  })
})

describe('the password of a role in the server of another app', () => {
  const user = { ...app, shared: { server: 'data', database: 'shop_db', user: 'shop_user' } }
  const names = '--env CUTOVER_ROLE=shop_user --env CUTOVER_DATABASE=shop_db data-postgres'
  const script = `docker exec --interactive ${names} sh -c "$(cat /opt/cutover/database-password.sh)" sh`
  const hostWith = (answer: ScriptedOutput): TestHost =>
    new TestHost(
      (command) =>
        command === `${script} try </opt/shop/postgres/password`
          ? answer
          : command.includes('docker exec') || command === isSetUp || command.startsWith('rm -f')
            ? ''
            : undefined,
      { containers: [slotContainer('blue'), container('data-postgres')], route: routeOf('blue') },
    )

  it('is changed there, for that role alone', async () => {
    const host = hostWith(`kept:${kept}\n`)
    const task = databasePassword(contextOf(user))
    const change = await check(task, host)
    expect(await apply(task, host)).toEqual([
      `write ${letInFile} 644 root:root`,
      `${script} let_in shop-backend shop-blue </dev/null`,
      `${script} change </opt/shop/postgres/password`,
    ])
    expect((await undone(task, host, change)).join('\n')).toContain(`ALTER ROLE "shop_user" PASSWORD '${kept}'`)
  })

  it('is told to be made by setup, where there is no such role', async () => {
    const host = hostWith({ code: 1, stderr: 'FATAL: role "shop_user" does not exist' })
    const error = await failure(check(databasePassword(contextOf(user)), host))
    expect(error.message).toContain('data-postgres does not say')
    expect((error as { hint?: string }).hint).toContain('Setup makes the user and the database of shop in it')
  })
})
