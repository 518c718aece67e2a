import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { changePackages } from '../../../tasks/system/change-packages.ts'
import { freshness as lists } from './apt-commands.ts'

// Fake timers do not reach this module of Node.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

const environment =
  'env LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none apt-get -o'
const update = (seconds = 300): string => `${environment} DPkg::Lock::Timeout=${seconds} update`
const keep = '-o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold'
const install = (seconds = 300): string =>
  `${environment} DPkg::Lock::Timeout=${seconds} install -y --no-install-recommends --no-remove ${keep} ufw`

/** Applies an installation of ufw on a host whose apt-get prints these, in order. */
async function applied(fresh: boolean, outputs: readonly ScriptedOutput[], patience = 300) {
  const remaining = [...outputs]
  const host = new ScriptedHost((command) =>
    command === lists ? { code: fresh ? 0 : 1 } : command.startsWith('echo ') ? '' : remaining.shift(),
  )
  const result = changePackages(host.host, { install: ['ufw'], recommends: false, patience }).then(
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

describe('what else a change of packages may do', () => {
  /** The commands of a change on a host with fresh lists, whose apt prints these in order. */
  async function commandsOf(
    changes: Partial<Parameters<typeof changePackages>[1]>,
    outputs: readonly ScriptedOutput[],
  ): Promise<{ commands: string[]; error: unknown }> {
    const remaining = [...outputs]
    const host = new ScriptedHost((command) => (command === lists ? '' : remaining.shift()))
    const error: unknown = await changePackages(host.host, {
      install: [],
      recommends: false,
      patience: 300,
      ...changes,
    }).then(
      () => null,
      (thrown: unknown) => explain(thrown)[0],
    )
    const start = `${environment} DPkg::Lock::Timeout=300 install -y`
    return { commands: host.commands.map((command) => command.replace(start, 'install')), error }
  }
  const downgrade = (name: string): ScriptedOutput =>
    failed(
      `The following packages will be DOWNGRADED:\n  ${name}\nE: Packages were downgraded and -y was used without --allow-downgrades.`,
    )

  it('recommends are installed if they are asked for', async () => {
    expect(await commandsOf({ install: ['a', 'b=1.*'], recommends: true }, [''])).toEqual({
      commands: [lists, `install --install-recommends --no-remove ${keep} a 'b=1.*'`],
      error: null,
    })
  })

  it('a removal is simulated once more, and needs no lists', async () => {
    const simulation = 'env LC_ALL=C apt-get -s install --no-install-recommends x-'
    expect(await commandsOf({ remove: ['x'] }, ['Remv x [1]\n', ''])).toEqual({
      commands: [simulation, `install --no-install-recommends ${keep} x-`],
      error: null,
    })
    expect(await commandsOf({ remove: ['x'] }, ['Remv y [1]\nRemv x [1]\n'])).toEqual({
      commands: [simulation],
      error: 'to remove x, apt would also have to remove y',
    })
  })

  it('a package whose version was named is downgraded, and no other', async () => {
    expect(await commandsOf({ install: ['a=1.*'] }, [downgrade('a'), ''])).toEqual({
      commands: [
        lists,
        `install --no-install-recommends --no-remove ${keep} 'a=1.*'`,
        `install --no-install-recommends --no-remove --allow-downgrades ${keep} 'a=1.*'`,
      ],
      error: null,
    })
    expect((await commandsOf({ install: ['a=1.*'] }, [downgrade('a b')])).error).toBe(
      'to install a=1.*, apt would have to downgrade a b',
    )
    expect((await commandsOf({ install: ['a'] }, [downgrade('a')])).error).toBe(
      'to install a, apt would have to downgrade a',
    )
  })
})
