import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { network } from '../../../tasks/docker/network.ts'

const check = (stdout: string) => network('shop').check(new ScriptedHost(() => stdout).host)
const inspect = "docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' shop"
const create = 'docker network create --label cutover=1 shop'
const applied = async (keepAddress: boolean | undefined, subnet: string): Promise<string[]> => {
  const host = new ScriptedHost((command) => (command === inspect ? `${subnet}\n` : ''))
  await network('shop', { keepAddress }).apply(host.host, { summary: '' })
  return host.commands
}

describe('a network', () => {
  it('is created where it does not exist', async () => {
    expect(await check('404')).toEqual({ summary: 'create' })
    expect(await check('{"Labels":{"cutover":"1"}}\n200')).toBeNull()
    expect(await applied(undefined, '')).toEqual([create])
    expect(network('shop').name).toBe('network shop')
  })

  it('of somebody else is refused', async () => {
    await expect(check('{"Labels":null}\n200')).rejects.toMatchObject({
      name: 'UnsafeError',
      message: "the network shop is not Cutover's: it has no label of that name",
    })
  })

  it('that keeps an address is created again with the subnet that Docker chose', async () => {
    expect(await applied(true, '172.19.0.0/16')).toEqual([
      create,
      inspect,
      'docker network rm shop; docker network create --label cutover=1 --subnet 172.19.0.0/16 --ip-range 172.19.0.0/17 --label cutover.address=172.19.255.254 shop',
    ])
  })

  it('whose subnet is too small for that stays as it is', async () => {
    expect(await applied(true, '10.0.0.0/30')).toEqual([create, inspect])
  })
})
