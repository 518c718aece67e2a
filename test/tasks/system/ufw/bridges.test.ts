import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { closedBy, parseBridges, readBridges } from '../../../../tasks/system/ufw/bridges.ts'

/** What Docker 26 answers, shortened. */
const named = (name?: string): object => ({
  Name: 'x',
  Driver: 'bridge',
  Options:
    name === undefined ? {} : { 'com.docker.network.bridge.name': name, 'com.docker.network.driver.mtu': '1500' },
})

it('the bridges that somebody has named come after those that Docker names', () => {
  const said = [
    named('docker0'),
    named(),
    { Name: 'host', Options: null },
    named('web0'),
    named('br-own'),
    named('db.1'),
  ]
  expect(parseBridges(JSON.stringify([...said, named('web0'), named('a b')]))).toEqual([
    'docker0',
    'br-+',
    'db.1',
    'web0',
  ])
  expect(parseBridges('[]')).toEqual(['docker0', 'br-+'])
})

it('where Docker does not answer, nothing is known of them', async () => {
  const asked = (stdout: string): Promise<string[] | undefined> => readBridges(new ScriptedHost(() => stdout).host)
  expect(await asked('')).toBeUndefined()
  expect(await asked(JSON.stringify([named('db0')]))).toEqual(['docker0', 'br-+', 'db0'])
})

it('those that a block closes are read out of it, and no rule of somebody is one', () => {
  const block = `-A DOCKER-USER -i lan0 -j RETURN
-A DOCKER-USER -o docker0 -s 1.2.3.4 -j DROP
-A DOCKER-USER -o docker0 -j DROP
-A DOCKER-USER -o br-+ -j DROP
-A DOCKER-USER -o web0 -j DROP
`
  expect(closedBy(block)).toEqual(['docker0', 'br-+', 'web0'])
  expect(closedBy('')).toEqual(['docker0', 'br-+'])
})
