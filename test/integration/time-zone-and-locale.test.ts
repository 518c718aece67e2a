import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import { locale } from '../../tasks/system/locale.ts'
import { timezone } from '../../tasks/system/timezone.ts'
import { applied } from './applied.ts'
import { releases } from './releases.ts'

/** With Debian's own zones and locales, for which the host needs its mirror. */
describe.skipIf(!inject('lab')).each(releases)('a host of Debian %i with tzdata and locales', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian, run: ['--network', 'host'] })
    host = there.host
    await host.$`apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends tzdata locales`
  })
  afterAll(() => there.close())

  const output = async (script: string): Promise<string> =>
    (await host.$({ nothrow: true })`${['sh', '-c', script]}`).stdout
  /** What an upgrade of a package does with the settings that it finds. */
  const upgraded = (name: string): Promise<unknown> =>
    host.$`dpkg-reconfigure --frontend noninteractive ${name}`.then(() => undefined)

  it('timezone', async () => {
    const named = debian === 12
    expect(await output('cat /etc/timezone')).toBe(named ? 'Etc/UTC\n' : '')
    await prove(timezone('Europe/Berlin'), host, {
      change: 'Etc/UTC → Europe/Berlin',
      diff: ['-Etc/UTC', '+Europe/Berlin'],
    })
    expect(await output('date --date 2026-07-01T12:00Z +%H%Z; cat /etc/timezone')).toBe(
      `14CEST\n${named ? 'Europe/Berlin\n' : ''}`,
    )
    await upgraded('tzdata')
    expect(await timezone('Europe/Berlin').check(host)).toBeNull()
    if (named) {
      await host.write('/etc/timezone', 'Etc/UTC\n')
      await prove(timezone('Europe/Berlin'), host, { change: '/etc/timezone Etc/UTC → Europe/Berlin' })
    }
    await host.$`cp --remove-destination /usr/share/zoneinfo/Asia/Tokyo /etc/localtime`
    await prove(timezone('UTC'), host, { change: 'file → UTC' })
    expect(await output('readlink /etc/localtime; date +%Z')).toBe('/usr/share/zoneinfo/UTC\nUTC\n')
    expect(await applied(timezone('Europe/Berlim'), host)).toContain(
      "there is no time zone Europe/Berlim\nDid you mean 'Europe/Berlin'?",
    )
    expect(await applied(timezone('berlin'), host)).toContain("Did you mean 'Europe/Berlin'?")
  })

  it('timezone by an old name, which Debian 13 has in a package of its own', async () => {
    const task = timezone('US/Pacific')
    if (debian === 12) await prove(task, host, { change: '→ US/Pacific' })
    else expect(await applied(task, host)).toContain('old names are in the package tzdata-legacy')
  })

  it('locale', async () => {
    await prove(locale('C.UTF-8'), host, { change: 'LANG none → C.UTF-8', diff: ['+LANG=C.UTF-8'] })
    await host.$`printf 'LC_TIME=C\nLANG="C"\n' >/etc/default/locale`
    await prove(locale('de_DE.UTF-8'), host, {
      change: 'generate, LANG C → de_DE.UTF-8',
      diff: ['-LANG="C"', '+LANG=de_DE.UTF-8'],
    })
    // In Debian 12 it is a file, and nothing reads /etc/locale.conf.
    expect(await output('readlink /etc/default/locale; cat /etc/default/locale')).toBe(
      `${debian === 12 ? '' : '../locale.conf\n'}LC_TIME=C\nLANG=de_DE.UTF-8\n`,
    )
    expect(
      await output("grep -v '^#' /etc/locale.gen | grep .; locale -a; LC_ALL=de_DE.UTF-8 locale decimal_point"),
    ).toBe('de_DE.UTF-8 UTF-8\nC\nC.utf8\nPOSIX\nde_DE.utf8\n,\n')
    expect(await output("su - guest -c 'locale' | grep -e LANG= -e LC_TIME")).toBe('LANG=de_DE.UTF-8\nLC_TIME=C\n')
    await upgraded('locales')
    expect(await locale('de_DE.UTF-8').check(host)).toBeNull()
    // One without a charset is ISO 8859-1.
    expect((await locale('de_DE').check(host))?.summary).toBe('generate, LANG de_DE.UTF-8 → de_DE')
    expect(await applied(locale('de_DD.UTF-8'), host)).toContain(
      "there is no locale de_DD.UTF-8\nDid you mean 'de_DE.UTF-8'?",
    )
  })
})
