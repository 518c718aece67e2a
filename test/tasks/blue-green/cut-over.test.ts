import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Task } from '../../../runner/task/task.ts'
import type { ReleaseContext } from '../../../tasks/blue-green/context.ts'
import { bakeStep, switchSteps } from '../../../tasks/blue-green/cut-over.ts'
import { noteText } from '../../../tasks/proxy/canary-note.ts'
import {
  answers,
  apply,
  appWith,
  check,
  contextOf,
  countsCommand,
  countsOf,
  failure,
  routeOf,
  slotContainer,
  TestHost,
  type TestHostOptions,
  undo,
  wanted,
} from './builders.ts'
import { clock } from './clock.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => clock.reset())

const liveFile = '/opt/traefik/dynamic/shop.yaml'
const writeRoute = `write ${liveFile} 644 root:root by /opt/traefik/staging`
const stopped = [
  'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
  'docker stop --time 30 shop-green',
]
const both = [slotContainer('blue'), slotContainer('green', wanted)]

const script = (command: string): ScriptedOutput | undefined =>
  command === countsCommand
    ? countsOf('green', 7)
    : /^(docker (update|stop|rm)|rm -f --) /.test(command)
      ? ''
      : undefined
const hostOf = (options: TestHostOptions = {}): TestHost =>
  new TestHost(script, { containers: both, route: routeOf('blue'), ...options })
const switchStep = (context: ReleaseContext = contextOf()): Task => switchSteps(context)[0] as Task

it('a switch is followed by what proves it', () => {
  expect(switchSteps(contextOf()).map(({ name }) => name)).toEqual(['switch', 'confirm'])
})

describe('the switch', () => {
  it('shows both route files', async () => {
    expect(await check(switchStep(), hostOf())).toEqual({
      summary: 'shop → green v2',
      slot: 'green',
      previous: routeOf('blue'),
      content: routeOf('green'),
      before: routeOf('blue'),
      after: routeOf('green'),
    })
  })

  it('after a canary gives back the route of the slot that served, and not the canary’s, if it fails', async () => {
    const note = noteText({ slot: 'green', share: 10, since: '', seconds: 300, who: 'ada' })
    expect(await check(switchStep(), hostOf({ route: `${note}\n${routeOf('blue')}` }))).toMatchObject({
      previous: routeOf('blue'),
      content: routeOf('green'),
    })
  })

  it('of the first release has no former route', async () => {
    const host = hostOf({ route: null, containers: [slotContainer('blue', wanted)] })
    expect(await check(switchStep(), host)).toEqual({
      summary: 'shop → blue v2',
      slot: 'blue',
      previous: null,
      content: routeOf('blue'),
      before: '',
      after: routeOf('blue'),
    })
  })

  it('is done where the route file is the slot’s', async () => {
    expect(await check(switchStep(), hostOf({ route: routeOf('green') }))).toBeNull()
  })

  it('counts the answers of the slot, and renames its route into place', async () => {
    const host = hostOf()
    expect(await apply(switchStep(), host)).toEqual([countsCommand, writeRoute])
    expect(host.text(liveFile)).toBe(routeOf('green'))
  })

  it('notes its time, and how fast the old slot was', async () => {
    const context = contextOf()
    const script = (command: string): ScriptedOutput => (command === countsCommand ? countsOf('blue', 7) : '')
    await apply(switchStep(context), new TestHost(script, { containers: both, route: routeOf('blue') }))
    expect(context.cutOver).toMatchObject({
      from: 'v1',
      times: { switched: Date.now() },
      before: { blue: answers(7) },
      durations: { before: answers(7).durations },
    })
  })

  it('keeps the route of a slot that an older Cutover made, for a rollback to it', async () => {
    const host = hostOf({ containers: [slotContainer('blue', { route: '' }), slotContainer('green', wanted)] })
    expect(await apply(switchStep(), host)).toEqual([
      countsCommand,
      'write /opt/shop/route.before 644 root:root',
      writeRoute,
    ])
    expect(host.text('/opt/shop/route.before')).toBe(routeOf('blue'))
  })

  it.each([
    ['that names no slot', '# nothing', [slotContainer('blue', { ...wanted, route: routeOf('blue') })]],
    ['of a slot that is gone', routeOf('green'), [slotContainer('blue', wanted)]],
    ['of a slot that carries its own', routeOf('green'), [slotContainer('blue', wanted), slotContainer('green')]],
  ])('keeps no route %s', async (_, route, containers) => {
    const withBlue = new TestHost((command) => (command === countsCommand ? '' : undefined), { route, containers })
    expect(await apply(switchStep(), withBlue)).toEqual([countsCommand, writeRoute])
  })

  it('tells the bake how many answers there were before', async () => {
    const context = contextOf()
    const [first] = switchSteps(context) as [Task, Task]
    const bake = bakeStep(context)
    const age = 'echo $(( $(date +%s%3N) - $(stat -c %.3Y /opt/traefik/dynamic/shop.yaml | tr -d .) ))'
    const host = new TestHost((command) => (command === age ? '20000' : script(command)), {
      containers: both,
      route: routeOf('blue'),
    })
    await apply(first, host)
    host.commands.length = 0
    await bake.apply(host.host, { summary: '', slot: 'green' } as never)
    expect(host.changes).toEqual([age])
  })
})

describe('the undo of the switch', () => {
  const change = { summary: '', slot: 'green', previous: routeOf('blue'), content: routeOf('green') }

  it('renames the former route into place, and stops the slot once Traefik has read it', async () => {
    const host = hostOf({ route: routeOf('green') })
    expect(await undo(switchStep(), host, change)).toEqual([writeRoute, ...stopped])
    expect(host.text(liveFile)).toBe(routeOf('blue'))
    expect(clock.sleeps).toEqual([3_000])
  })

  it('of a first release removes the route file', async () => {
    const host = hostOf({ route: routeOf('green') })
    expect(await undo(switchStep(), host, { ...change, previous: null } as never)).toEqual([
      `rm -f -- ${liveFile}`,
      ...stopped,
    ])
  })

  it('does not stop a slot that served before', async () => {
    const host = hostOf({ route: `${routeOf('green')}# new` })
    const anew = { ...change, previous: routeOf('green'), content: `${routeOf('green')}# new` }
    expect(await undo(switchStep(), host, anew)).toEqual([writeRoute])
    expect(clock.sleeps).toEqual([])
  })

  it('does nothing where a later step has given the route back', async () => {
    expect(await undo(switchStep(), hostOf(), change)).toEqual([])
  })

  it('does nothing once the lock is somebody else’s', async () => {
    const lost = contextOf(appWith(), {
      assertLockHeld: () => {
        throw new Error('the lock is lost')
      },
    })
    const host = hostOf({ route: routeOf('green') })
    expect((await failure(undo(switchStep(lost), host, change))).message).toBe('the lock is lost')
    expect(host.commands).toEqual([])
  })
})
