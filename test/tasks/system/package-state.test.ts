import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import {
  availablePackages,
  installedPackages,
  parseInstalled,
  parsePlan,
  parsePolicy,
} from '../../../tasks/system/package-state.ts'
import { policyOf } from './apt-commands.ts'

it('only what dpkg calls installed is there', () => {
  const stdout =
    'curl amd64 installed install 8.1\nufw all not-installed hold \ncron amd64 config-files deinstall 3.0\nlibc6 amd64 installed hold 2.36\nlibc6 i386 installed install 2.35\n'
  expect(parseInstalled(['curl', 'ufw', 'cron', 'libc6', 'libc6:i386', 'git'], stdout)).toEqual(
    new Map([
      ['curl', { version: '8.1', held: false }],
      ['libc6', { version: '2.36', held: true }],
      ['libc6:i386', { version: '2.35', held: false }],
    ]),
  )
})

it('nothing is asked about no packages', async () => {
  const host = new ScriptedHost()
  expect(await installedPackages(host.host, [])).toEqual(new Map())
  expect(await availablePackages(host.host, [])).toEqual(new Map())
})

it('the policy of apt has a candidate, unless there is none, and all versions', () => {
  const stdout = policyOf({ a: ['1.1', '1.2', '1.1'], virtual: [null], 'c:i386': [null, '1:3'] })
  expect(parsePolicy(stdout)).toEqual(
    new Map([
      ['a', { candidate: '1.2', versions: ['1.2', '1.1'] }],
      ['virtual', { candidate: null, versions: [] }],
      ['c:i386', { candidate: '1:3', versions: ['1:3'] }],
    ]),
  )
  expect(parsePolicy('')).toEqual(new Map())
})

it('a simulation says what goes and what comes', () => {
  const stdout = `Reading package lists...
Remv old [1.0]
Purg older [1.0]
Inst libc6 [2.36-9] (2.36-9+deb12u1 Debian:12.1/stable [amd64])
Inst fresh (1:2.0 Debian:12.1/stable [all])
Conf fresh (1:2.0 Debian:12.1/stable [all])
`
  expect(parsePlan(stdout)).toEqual({
    removed: ['old', 'older'],
    installed: [
      { name: 'libc6', from: '2.36-9', to: '2.36-9+deb12u1' },
      { name: 'fresh', from: null, to: '1:2.0' },
    ],
  })
})
