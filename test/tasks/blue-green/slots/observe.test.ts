import { expect, it } from 'vitest'
import { observe } from '../../../../tasks/blue-green/slots/observe.ts'
import { observePlan } from '../../../../tasks/blue-green/slots/planned.ts'
import {
  appWith,
  container,
  contextOf,
  failure,
  migrationContainer,
  routeOf,
  slotContainer,
  TestHost,
  wanted,
} from '../builders.ts'

it('an app is looked at once: its slots, its migration and its route file', async () => {
  const containers = [slotContainer('blue'), slotContainer('green'), migrationContainer(), container('other')]
  const host = new TestHost({}, { containers, route: routeOf('blue') })
  const state = await observe(host.host, 'shop')
  expect(host.log).toEqual(['inspect shop-blue shop-green shop-migration'])
  expect(state).toMatchObject({
    live: 'blue',
    route: routeOf('blue'),
    slots: { blue: { tag: 'v1', address: '172.18.0.5' }, green: { tag: 'v1' } },
    migration: { digest: wanted.digest },
  })
})

it('a container of somebody else that has such a name is refused', async () => {
  const host = new TestHost({}, { containers: [container('shop-green', { labels: { theirs: 'yes' } })] })
  expect(await failure(observe(host.host, 'shop'))).toMatchObject({
    kind: 'UnsafeError',
    message: "the container shop-green is not Cutover's: it has no label of that name",
  })
})

it('a plan says what is released, what is there, and where the release goes', async () => {
  const host = new TestHost({}, { containers: [slotContainer('blue')], route: routeOf('blue') })
  expect(await observePlan(host.host, contextOf(appWith()))).toMatchObject({
    app: { name: 'shop' },
    wanted,
    state: { live: 'blue' },
    plan: { slot: 'green', old: 'blue' },
  })
})
