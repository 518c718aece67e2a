import { expect, it } from 'vitest'
import { localHost, localInventory } from '../../../runner/inventory/local.ts'

it('this machine is a host without a network and without sudo', () => {
  const { target, origins, ...host } = localHost({ name: 'here', address: '10.0.0.1', vars: { port: 80 } })
  expect(host).toEqual({
    name: 'here',
    become: 'none',
    becomeUser: undefined,
    secrets: {},
    connection: 'local',
    vars: { port: 80 },
  })
  expect(target).toMatchObject({ name: 'here', address: '10.0.0.1', jump: [] })
  expect(origins()).toEqual([])
})

it('an inventory of this machine has no other host', () => {
  const inventory = localInventory({ path: 'settings.json', name: 'here', address: '10.0.0.1', vars: {} })
  const [host] = inventory.hosts
  expect(inventory).toMatchObject({ path: 'settings.json', groups: { all: ['here'] } })
  expect(inventory.hosts).toHaveLength(1)
  expect(inventory.select('all')).toEqual([host])
  expect(inventory.select('here')).toEqual([host])
  expect(() => inventory.select('there')).toThrow("no host or group is called 'there'")
  expect(inventory.hop('anything')).toBe(host)
})
