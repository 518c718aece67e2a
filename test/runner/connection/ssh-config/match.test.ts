import { networkInterfaces, userInfo } from 'node:os'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { evaluateMatch, type MatchContext, matchesList } from '../../../../runner/connection/ssh-config/match.ts'

const child = vi.hoisted(() => ({ spawnSync: vi.fn() }))
vi.mock('node:child_process', () => child)
vi.mock('node:os', async (original) => ({
  ...(await original<object>()),
  networkInterfaces: vi.fn(() => ({
    lo: [{ address: '127.0.0.1', family: 'IPv4' }],
    eth0: [
      { address: '192.0.2.7', family: 'IPv4' },
      { address: '2001:db8::7', family: 'IPv6' },
    ],
    none: undefined,
  })),
}))

const context: MatchContext = {
  host: 'Web.Example',
  original: 'Web',
  user: 'pat',
  port: '2222',
  alias: undefined,
  tag: 'blue',
  isFinal: false,
}
const match = (text: string, more: Partial<MatchContext> = {}, outer = true): ReturnType<typeof evaluateMatch> =>
  evaluateMatch(text.split(' '), outer, { ...context, ...more })

beforeEach(() => child.spawnSync.mockReset().mockReturnValue({ status: 0 }))

describe('a Match', () => {
  const me = userInfo().username
  it.each<[string, boolean]>([
    ['all', true],
    ['!all', false],
    ['host web.example', true],
    ['host WEB.*', true],
    ['host web', false],
    ['!host web', true],
    ['host a,web.example', true],
    ['host=web.example', true],
    ['!host=web.example', false],
    ['originalhost WEB', true],
    ['originalhost web.example', false],
    ['HOST web.example', true],
    ['user pat', true],
    ['user PAT', false],
    ['user *,!pat', false],
    [`localuser ${me}`, true],
    ['localuser nobody-else', false],
    ['tagged blue', true],
    ['tagged green', false],
    ['sessiontype exec', true],
    ['sessiontype shell', false],
    ['localnetwork 192.0.2.0/24', true],
    ['localnetwork 192.0.2.7', true],
    ['localnetwork 192.0.2.8', false],
    ['localnetwork 198.51.100.0/24,2001:db8::/32', true],
    ['localnetwork 2001:db8::7', true],
    ['localnetwork 2001:db8::8', false],
    ['host web.example user pat', true],
    ['host web.example user jo', false],
    ['host nowhere user pat', false],
    ['host web.example # user jo', true],
    ['final', false],
    ['!final', true],
    ['canonical', false],
    ['host', false],
  ])('%s: %s', (text, holds) => {
    expect(match(text)).toMatchObject({ holds, undecided: false })
    expect(match(text, {}, false).holds).toBe(false)
  })

  it('with final wants the files read again, and holds then', () => {
    expect(match('final')).toEqual({ holds: false, undecided: false, wantsFinal: true })
    expect(match('!final', {}, false).wantsFinal).toBe(true)
    expect(match('canonical all').wantsFinal).toBe(false)
    expect(match('final all', { isFinal: true })).toEqual({ holds: true, undecided: false, wantsFinal: true })
    expect(match('canonical', { isFinal: true }).holds).toBe(true)
    expect(match('!canonical', { isFinal: true }).holds).toBe(false)
  })

  it('with a condition that is unknown here is undecided, unless another one fails', () => {
    expect(match('version 9 user pat')).toMatchObject({ holds: false, undecided: true })
    expect(match('version 9 user jo')).toMatchObject({ holds: false, undecided: false })
    expect(match('user jo version 9')).toMatchObject({ holds: false, undecided: false })
    // Its argument is not taken for a condition.
    expect(match('version all')).toMatchObject({ holds: false, undecided: true })
  })

  it('runs a command once, with its tokens, and only where the conditions before it hold', () => {
    const exec = (command: string, ...before: string[]): boolean =>
      evaluateMatch([...before, 'exec', command], true, context).holds
    expect(exec('test %h %n %r %p')).toBe(true)
    expect(exec('test %h %n %r %p')).toBe(true)
    expect(exec('never', 'user', 'jo')).toBe(false)
    child.spawnSync.mockReturnValue({ status: 1 })
    expect(exec('false')).toBe(false)
    expect(exec('false')).toBe(false)
    expect(child.spawnSync.mock.calls).toEqual([
      ['/bin/sh', ['-c', 'test Web.Example Web pat 2222'], { stdio: 'ignore', timeout: 30_000 }],
      ['/bin/sh', ['-c', 'false'], { stdio: 'ignore', timeout: 30_000 }],
    ])
    expect(networkInterfaces).toBeDefined()
  })
})

it.each<[string, string[], boolean]>([
  ['a', ['a'], true],
  ['a', ['b', '?'], true],
  ['a', ['*', '!a'], false],
  ['a', ['!a', '*'], false],
  ['a', ['!b'], false],
  ['ab', ['?'], false],
  ['a', [], false],
])('%s is in %j: %s', (text, patterns, result) => {
  expect(matchesList(text, patterns)).toBe(result)
})
