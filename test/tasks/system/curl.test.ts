import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { curl } from '../../../tasks/system/curl.ts'

it('curl ignores root’s settings and every proxy, and takes a URL literally', async () => {
  const host = new ScriptedHost(() => '')
  await host.host.$`${[...curl, 'http://[::1]/{a}']}`
  expect(host.commands).toEqual(["curl -q -sS --globoff --noproxy '*' 'http://[::1]/{a}'"])
})
