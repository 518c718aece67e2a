import { expect, it } from 'vitest'
import { slotsJoined } from '../../../../tasks/blue-green/slots/joined.ts'
import { apply, check, container, failure, slotContainer, TestHost } from '../builders.ts'

const script = (command: string): string | undefined => {
  if (command.includes('/networks/')) return '{"Labels":{"cutover.address":"172.20.255.254"}}\n200'
  return command.startsWith('docker network connect ') ? '' : undefined
}

it('slots of an older Cutover get their fixed addresses, beside what they have', async () => {
  const joined = slotContainer('green')
  joined.NetworkSettings.Networks = { 'traefik-public-shop': { IPAddress: '172.20.255.253' } }
  const host = new TestHost(script, { containers: [slotContainer('blue'), joined] })
  const task = slotsJoined('shop')
  expect(await check(task, host)).toMatchObject({ summary: 'join shop-blue' })
  expect((await apply(task, host)).filter((command) => command.startsWith('docker'))).toEqual([
    'docker network connect --ip 172.20.255.254 traefik-public-shop shop-blue',
  ])
})

it('nothing is to do where all have them, or there are none; another’s container is not touched', async () => {
  expect(await check(slotsJoined('shop'), new TestHost(script))).toBeNull()
  const foreign = new TestHost(script, { containers: [container('shop-blue', { labels: {} })] })
  expect((await failure(check(slotsJoined('shop'), foreign))).message).toContain("shop-blue is not Cutover's")
})
