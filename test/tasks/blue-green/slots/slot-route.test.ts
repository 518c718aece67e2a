import { describe, expect, it } from 'vitest'
import { routeOfSlot } from '../../../../tasks/blue-green/slots/slot-route.ts'
import { appState, failure, routeOf, slotState, TestHost } from '../builders.ts'

const kept = '/opt/shop/route.before'
const old = slotState({ route: '' })

describe('the route of a slot', () => {
  it('is its label, whatever the live file is', async () => {
    const state = appState('blue', slotState({ route: 'its own' }), null, { route: 'live' })
    expect(await routeOfSlot(new TestHost().host, 'shop', state, 'blue')).toBe('its own')
  })

  it('that an older Cutover made is the live file while it serves', async () => {
    const host = new TestHost({}, { files: { [kept]: `${routeOf('blue')}# older` } })
    expect(await routeOfSlot(host.host, 'shop', appState('blue', old, null), 'blue')).toBe(routeOf('blue'))
  })

  it('that an older Cutover made is the kept copy once another one serves', async () => {
    const host = new TestHost({}, { files: { [kept]: routeOf('blue') } })
    expect(await routeOfSlot(host.host, 'shop', appState('green', old, null), 'blue')).toBe(routeOf('blue'))
  })

  it.each([
    ['there is no copy', {}],
    ['the copy is the other slot’s', { [kept]: routeOf('green') }],
  ])('is not known where %s', async (_, files) => {
    const host = new TestHost({}, { files })
    expect(await failure(routeOfSlot(host.host, 'shop', appState('green', old, null), 'blue'))).toEqual({
      kind: 'MissingError',
      message: 'the route of shop-blue is not known',
      hint: 'An older Cutover made it, and kept no copy of its route. Write /opt/traefik/dynamic/shop.yaml by hand, or release anew: deploy.',
    })
  })
})
