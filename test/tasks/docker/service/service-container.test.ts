import { expect, it } from 'vitest'
import { Facts } from '../../../../runner/host/fact.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import {
  asideName,
  composeFile,
  look,
  published,
  serviceFact,
} from '../../../../tasks/docker/service/service-container.ts'
import { container, inspected } from '../containers.ts'

it('a service has a compose file, and a name for its old container', () => {
  expect([composeFile({ directory: '/opt/shop/db' }), asideName('shop-db')]).toEqual([
    '/opt/shop/db/compose.yaml',
    'shop-db-before',
  ])
})

const now = container()
const before = container({ name: 'traefik-before' })

it.each([
  ['no container', inspected(undefined, undefined), { now: undefined, before: undefined }],
  ['one', inspected(now, undefined), { now, before: undefined }],
  ['an old one', inspected(undefined, before), { now: undefined, before }],
  ['both', inspected(before, now), { now, before }],
])('a service with %s', async (_, stdout, state) => {
  const host = new ScriptedHost(() => stdout)
  expect(await look(host.host, { container: 'traefik' })).toEqual(state)
  expect(await host.host.fact(serviceFact('traefik'))).toEqual(state)
  expect(host.commands[0]).toMatch(
    /^sh -c '"\$@" 2>&1 \|\| true' sh docker inspect --type container --format '\{.*\}' traefik traefik-before$/,
  )
  expect(serviceFact('traefik').name).toBe('container traefik')
})

it('the containers of a service are read once, whoever asks for them, and those of another service on their own', async () => {
  const facts = new Facts()
  const host = new ScriptedHost(() => '')
  const get = (container: string): Promise<unknown> => {
    const fact = serviceFact(container)
    return facts.get(fact, async () => (await host.host.quiet`${fact.command}`).stdout)
  }
  for (const name of ['traefik', 'shop-db', 'traefik', 'shop-db']) await get(name)
  expect(host.commands).toHaveLength(2)
})

it('a container of somebody else is refused', () => {
  const foreign = container()
  foreign.Config.Labels = { 'com.docker.compose.project': 'x' }
  expect(() => serviceFact('traefik').parse(inspected(foreign))).toThrow("the container traefik is not Cutover's")
})

it.each([
  [null, []],
  [undefined, []],
  [{ '80/tcp': null }, []],
  [
    {
      '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
      '53/udp': [{ HostIp: '', HostPort: '53' }],
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '80' },
        { HostIp: '::', HostPort: '81' },
      ],
    },
    ['127.0.0.1:8080:8080', '53:53/udp', '80:80', ':::81:80'],
  ],
])('the bindings %j are told as docker run takes them', (PortBindings, ports) => {
  const { HostConfig, ...rest } = container()
  expect(published({ ...rest, HostConfig: { ...HostConfig, PortBindings } })).toEqual([...ports].sort())
})
