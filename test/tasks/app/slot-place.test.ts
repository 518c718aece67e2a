import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { slotPlace, slotUrl } from '../../../tasks/app/slot-place.ts'

const hostWith = (answer: string): ScriptedHost =>
  new ScriptedHost((command) => (command.includes('/networks/traefik-public-shop') ? answer : undefined))

it('a slot has an address of its own on its app’s network', async () => {
  const { host } = hostWith('{"Labels":{"cutover.address":"172.20.1.0"}}\n200')
  expect(await slotPlace(host, 'shop', 'blue')).toEqual({ network: 'traefik-public-shop', address: '172.20.1.0' })
  expect(await slotPlace(host, 'shop', 'green')).toEqual({ network: 'traefik-public-shop', address: '172.20.0.255' })
})

it('where this version has not set the host up, it is on the network of all apps', async () => {
  expect(await slotPlace(hostWith('404').host, 'shop', 'blue')).toEqual({ network: 'traefik-public', address: '' })
})

it('Traefik reaches a slot at its address, or by its name', () => {
  expect(slotUrl('shop', 'blue', 8000, { address: '172.20.0.9' })).toBe('http://172.20.0.9:8000')
  expect(slotUrl('shop', 'green', 80, { address: '' })).toBe('http://shop-green:80')
})
