import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { apt, missing } from '../../../tasks/system/apt.ts'

// Fake timers do not reach this module of Node.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

it('the packages that dpkg does not call installed are missing', () => {
  const stdout = 'curl installed\nufw not-installed\ncron config-files\n'
  expect(missing(['curl', 'ufw', 'cron', 'git'], stdout)).toEqual(['ufw', 'cron', 'git'])
})

const query = "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' curl ufw 2>/dev/null"
const environment =
  'env LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none apt-get -o'
const update = (seconds = 300): string => `${environment} DPkg::Lock::Timeout=${seconds} update`
const install = (seconds = 300): string =>
  `${environment} DPkg::Lock::Timeout=${seconds} install -y --no-install-recommends --no-remove -o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold ufw`
const lists = `sh -c 'find /var/lib/apt/lists -name '\\''*Packages*'\\'' -mtime -1 2>/dev/null | grep -q .'`

it('what is missing is named in the change, and nothing is to be done where all is installed', async () => {
  const some = new ScriptedHost({ [query]: { stdout: 'curl installed\n', code: 1 } })
  expect(await apt(['curl', 'ufw']).check(some.host)).toEqual({ summary: 'install ufw', packages: ['ufw'] })
  const none = new ScriptedHost({ [query]: { code: 1 } })
  expect((await apt(['curl', 'ufw']).check(none.host))?.summary).toBe('install curl ufw')
  const all = new ScriptedHost({ [query]: 'curl installed\nufw installed\n' })
  expect(await apt(['curl', 'ufw']).check(all.host)).toBeNull()
  expect(apt(['curl', 'ufw']).name).toBe('packages curl ufw')
})

/** Applies an installation of ufw on a host whose apt-get prints these, in order. */
async function applied(fresh: boolean, outputs: readonly ScriptedOutput[], patience?: number) {
  const remaining = [...outputs]
  const host = new ScriptedHost((command) =>
    command === lists ? { code: fresh ? 0 : 1 } : command.startsWith('echo ') ? '' : remaining.shift(),
  )
  const result = apt(['ufw'], { patience })
    .apply(host.host, { summary: '', packages: ['ufw'] } as { summary: string })
    .then(
      () => 'done',
      (error: unknown) => explain(error)[0],
    )
  await vi.runAllTimersAsync()
  return { result: await result, commands: host.commands, remaining }
}
const failed = (stderr: string): ScriptedOutput => ({ stderr, code: 100 })

describe('an installation', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const notFound = failed('E: Unable to locate package ufw')
  const noResolver = failed("W: Could not resolve 'deb.debian.org'")
  it.each<[string, boolean, ScriptedOutput[], string, string[]]>([
    ['with fresh lists needs no update', true, [''], 'done', [lists, install()]],
    ['with old lists is preceded by an update', false, ['', ''], 'done', [lists, update(), install()]],
    ['goes on after an update that failed', false, [noResolver, ''], 'done', [lists, update(), install()]],
    [
      'that does not find a package in fresh lists is made again after an update',
      true,
      [notFound, '', ''],
      'done',
      [lists, install(), update(), install()],
    ],
    [
      'that does not find a package after an update has failed',
      false,
      ['', notFound],
      'apt has no ufw',
      [lists, update(), install()],
    ],
    [
      'that does not find a package says why the update failed',
      false,
      [noResolver, notFound],
      'the host does not find its package servers',
      [lists, update(), install()],
    ],
    [
      'made again after an update that failed says why that one failed',
      true,
      [notFound, noResolver, notFound],
      'the host does not find its package servers',
      [lists, install(), update(), install()],
    ],
    [
      'that fails for another reason is not made again',
      true,
      [failed('E: No space left on device')],
      'the disk is full',
      [lists, install()],
    ],
  ])('%s', async (_, fresh, outputs, result, commands) => {
    expect(await applied(fresh, outputs)).toEqual({ result, commands, remaining: [] })
  })

  it.each(['404  Not Found [IP: 1.2.3.4]', 'E: Failed to fetch http://x', 'E: Unable to fetch some archives'])(
    'that prints %j is made again after an update',
    async (output) => {
      expect((await applied(true, [failed(output), '', ''])).commands).toEqual([lists, install(), update(), install()])
    },
  )

  const busy = failed('E: Could not get lock /var/lib/apt/lists/lock. It is held by process 12 (apt-get)')
  const waiting = "echo 'waiting for apt: /var/lib/apt/lists/lock is held by process 12 (apt-get)'"
  const tooLong = 'apt is busy: /var/lib/apt/lists/lock is still held by process 12 (apt-get)'

  it('waits a second for a lock, and then has a second less', async () => {
    expect(await applied(true, [busy, busy, ''])).toEqual({
      result: 'done',
      commands: [lists, install(300), waiting, install(299), waiting, install(298)],
      remaining: [],
    })
  })

  it('waits no longer than it should, and an update that does not get its lock ends it', async () => {
    expect(await applied(true, [busy, busy, busy], 2)).toEqual({
      result: tooLong,
      commands: [lists, install(2), waiting, install(1), waiting, install(0)],
      remaining: [],
    })
    expect(await applied(false, [busy, busy], 1)).toEqual({
      result: tooLong,
      commands: [lists, update(1), waiting, update(0)],
      remaining: [],
    })
  })
})
