import { expect, it } from 'vitest'
import { legacyNames } from '../../../tasks/proxy/legacy-names.ts'
import { container, slotContainer, TestHost } from '../blue-green/builders.ts'

const names = async (
  urls: string,
  ...containers: ReturnType<typeof container>[]
): Promise<{ lines: string[]; notes: string[] }> => {
  const notes: string[] = []
  const host = new TestHost((command) => (command.startsWith('cd /opt/traefik/dynamic') ? urls : undefined), {
    containers,
  })
  return { lines: await legacyNames(host.host, (note) => void notes.push(note)), notes }
}

it('routes by address need no names', async () => {
  expect(await names('://172.20.255.254:8000"\n://localhost:9"\n')).toEqual({ lines: [], notes: [] })
})

it('a slot of an older Cutover is known at its fixed address, and the other one, to which a release may go back', async () => {
  const [blue, green] = [slotContainer('blue'), slotContainer('green')]
  blue.NetworkSettings.Networks['traefik-public-shop'] = { IPAddress: '172.20.255.254' }
  green.NetworkSettings.Networks['traefik-public-shop'] = { IPAddress: '172.20.255.253' }
  expect(await names('://shop-blue:8000"\n', blue, green)).toEqual({
    lines: ['shop-blue:172.20.255.254', 'shop-green:172.20.255.253'],
    notes: [],
  })
})

it('what a person has routed is known where it is now, and said', async () => {
  const { lines, notes } = await names('://grafana:3000"\n', container('grafana', { address: '172.18.0.7' }))
  expect(lines).toEqual(['grafana:172.18.0.7'])
  expect(notes.join()).toContain('a route in /opt/traefik/dynamic calls the container grafana by its name')
})

it('a container that has ended has no address', async () => {
  expect((await names('://shop-blue:8000"\n', container('shop-blue', { address: '' }))).lines).toEqual([])
})
