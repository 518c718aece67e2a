import { describe, expect, it } from 'vitest'
import type { Task } from '../../../runner/task/task.ts'
import { finishSteps } from '../../../tasks/blue-green/finish.ts'
import { prepareSteps } from '../../../tasks/blue-green/prepare.ts'
import {
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
  routeOf,
  slotContainer,
  TestHost,
  wanted,
} from './builders.ts'

const database = { database: { password: { env: 'X' } } }
const migration = { migrate: ['migrate'] }

describe('the steps of a release', () => {
  it.each<[string, Record<string, unknown>, 'release' | 'rollback', string[]]>([
    ['of a plain app', {}, 'release', ['route', 'pull', 'start', 'gate']],
    ['of an app with migrations', migration, 'release', ['route', 'pull', 'migrate', 'start', 'gate']],
    [
      'of an app with a database',
      { ...database, ...migration },
      'release',
      ['route', 'pull', 'database password', 'migrate', 'start', 'gate'],
    ],
    [
      'to an older release: it migrates nothing',
      { ...database, ...migration },
      'rollback',
      ['route', 'pull', 'database password', 'start', 'gate'],
    ],
  ])('%s', (_, more, kind, expected) => {
    expect(prepareSteps(contextOf(appWith(more), { kind })).map(({ name }) => name)).toEqual(expected)
  })

  it.each([
    ['a plain app', {}, ['drain', 'record', 'prune']],
    ['an app with a database', database, ['drain', 'record', 'former database password', 'prune']],
  ])('end, for %s', (_, more, expected) => {
    expect(finishSteps(contextOf(appWith(more))).map(({ name }) => name)).toEqual(expected)
  })

  it('cannot be undone from the drain on', () => {
    expect(finishSteps(contextOf()).map(({ commits, undo }) => ({ commits, undo }))).toEqual([
      { commits: true, undo: undefined },
      { commits: undefined, undo: undefined },
      { commits: undefined, undo: undefined },
    ])
  })
})

describe('the drain', () => {
  const drain = finishSteps(contextOf())[0] as Task
  const hostOf = (blue: ContainerOptions | null, live = 'green'): TestHost =>
    new TestHost((command) => (/^docker (update|stop) /.test(command) ? '' : undefined), {
      containers: [...(blue ? [slotContainer('blue', {}, blue)] : []), slotContainer('green', wanted)],
      route: routeOf(live),
    })

  it.each<[string, TestHost, object | null]>([
    ['is due while the old slot runs', hostOf({}), { summary: 'shop-blue v1', slot: 'blue', standby: 0 }],
    ['is done once the old slot has ended', hostOf({ running: false }), null],
    ['is done where there was none', hostOf(null), null],
    [
      'is due where the route is not the new slot’s',
      hostOf(null, 'purple'),
      { summary: 'shop-blue ', slot: 'blue', standby: 0 },
    ],
  ])('%s', async (_, host, expected) => {
    expect(await check(drain, host)).toEqual(expected)
  })

  it('lets the old slot finish, and stops it', async () => {
    expect(await apply(drain, hostOf({}))).toEqual([
      'docker update --restart no shop-blue >/dev/null || { sleep 1; docker update --restart no shop-blue >/dev/null; }',
      'docker stop --time 30 shop-blue',
    ])
  })

  it('notes when it began and ended', async () => {
    const context = contextOf(appWith(), { cutOver: { times: { switched: 1 } } })
    await apply(finishSteps(context)[0] as Task, hostOf({}))
    const { switched, drainBegan = 0, drained = 0 } = context.cutOver.times ?? {}
    expect([switched, drainBegan > 1, drained >= drainBegan]).toEqual([1, true, true])
  })
})
