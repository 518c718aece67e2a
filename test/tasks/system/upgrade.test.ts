import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { upgrade, type UpgradeOptions } from '../../../tasks/system/upgrade.ts'
import { freshness } from './apt-commands.ts'

const upgraded = 'Inst libc6 [2.36-9] (2.36-10 Debian:12 [amd64])\nInst curl [8.1] (8.2 Debian:12 [amd64])\n'
const fresh = 'Inst linux-image-6.2 (6.2 Debian:12 [amd64])\n'
const removed = 'Remv linux-image-6.0 [6.0]\n'

it.each<[string, UpgradeOptions, string, string, object | null]>([
  ['nothing', {}, 'upgrade', 'Reading package lists...\n', null],
  [
    'newer versions',
    {},
    'upgrade',
    upgraded,
    {
      summary: 'upgrade 2 packages: libc6 curl',
      before: 'libc6 2.36-9\ncurl 8.1\n',
      after: 'libc6 2.36-10\ncurl 8.2\n',
    },
  ],
  [
    'new packages, too',
    { dist: true, alsoRemoves: ['linux-image-6.0'] },
    'dist-upgrade',
    `${removed}${fresh}`,
    {
      summary: 'install linux-image-6.2, remove linux-image-6.0',
      before: 'linux-image-6.0\n',
      after: 'linux-image-6.2 6.2\n',
    },
  ],
])('%s', async (_, options, verb, stdout, change) => {
  const host = new ScriptedHost({ [freshness]: '', [`env LC_ALL=C apt-get -s ${verb}`]: stdout })
  expect(await upgrade(options).check(host.host)).toEqual(change)
  expect(upgrade(options).name).toBe(verb)
})

it('what was not named is not removed', async () => {
  const host = new ScriptedHost({ [freshness]: '', 'env LC_ALL=C apt-get -s dist-upgrade': removed })
  await expect(upgrade({ dist: true }).check(host.host)).rejects.toThrow(
    'to upgrade, apt would have to remove linux-image-6.0',
  )
  expect(() => upgrade({ alsoRemoves: ['a=1'] })).toThrow('alsoRemoves: a has a version, 1')
})

it('with old lists, a copy of them that is updated is asked, and the lists stay as they are', async () => {
  const host = new ScriptedHost((command) => (command === freshness ? { code: 1 } : upgraded))
  expect((await upgrade().check(host.host))?.summary).toBe('upgrade 2 packages: libc6 curl')
  expect(host.commands[1]).toMatch(/^env LC_ALL=C sh -c 'view=\$\(mktemp -d\)[^]* sh apt-get -s upgrade$/)
})

/** What an upgrade does on a host. */
async function applied(options: UpgradeOptions, areFresh: boolean, simulation: string, result: ScriptedOutput = '') {
  const host = new ScriptedHost((command) =>
    command === freshness ? { code: areFresh ? 0 : 1 } : command.includes(' -s ') ? simulation : result,
  )
  const error: unknown = await upgrade(options)
    .apply(host.host, { summary: '' })
    .then(
      () => null,
      (thrown: unknown) => explain(thrown)[0],
    )
  return { commands: host.commands.slice(1).map((each) => each.replace(/^env .* apt-get -o \S+/, 'apt-get')), error }
}
const keep = '-o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold'

it('old lists are read again before the upgrade, and what it would remove is looked at once more', async () => {
  expect(await applied({}, false, upgraded)).toEqual({
    commands: ['apt-get update', 'env LC_ALL=C apt-get -s upgrade', `apt-get upgrade -y --no-remove ${keep}`],
    error: null,
  })
  expect(await applied({ dist: true, alsoRemoves: ['linux-image-6.0'] }, true, removed)).toEqual({
    commands: ['env LC_ALL=C apt-get -s dist-upgrade', `apt-get dist-upgrade -y ${keep}`],
    error: null,
  })
  expect((await applied({ dist: true }, true, removed)).error).toBe(
    'to upgrade, apt would have to remove linux-image-6.0',
  )
})

it('a failure is explained', async () => {
  expect((await applied({}, true, upgraded, { stderr: 'E: No space left on device', code: 100 })).error).toBe(
    'the disk is full',
  )
})
