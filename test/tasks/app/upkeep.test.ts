import { describe, expect, it } from 'vitest'
import { formerUpkeep, upkeep, upkeepSettings } from '../../../tasks/app/upkeep.ts'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { filesOf, runAll } from './run.ts'

const tasksOf = async (wanted: Record<string, unknown>): Promise<string[]> =>
  (await upkeep('web-1', upkeepSettings.parse(wanted), () => undefined)).map(({ name }) => name)

describe('upkeep', () => {
  it('is nothing unless it is asked for', async () => {
    expect(await tasksOf({})).toEqual([])
  })

  it('is what the inventory names', async () => {
    expect(
      await tasksOf({
        time_sync: true,
        swap: 512,
        sysctl: { 'vm.swappiness': 10 },
        upgrades: true,
        build_cache_days: 7,
      }),
    ).toEqual([
      'time synchronization',
      'swap /swapfile',
      'sysctl 60-cutover',
      'packages unattended-upgrades',
      'file /etc/apt/apt.conf.d/52cutover-unattended-upgrades',
      'daily timers of apt',
      'cron cutover_build-cache',
    ])
    expect(await tasksOf({ upgrades: false })).toEqual(['file /etc/apt/apt.conf.d/52cutover-unattended-upgrades'])
  })

  it('that is not wanted any more is off, also where the package has it on', async () => {
    const host = new ScriptedHost(() => '')
    await runAll(host, await upkeep('web-1', { upgrades: false }, () => undefined))
    expect(filesOf(host)).toContain('APT::Periodic::Unattended-Upgrade "0";')
  })

  it.each([
    ['enabled active\nenabled active\n', null, []],
    ['disabled inactive\nenabled inactive\n', 'enable and start apt-daily.timer and apt-daily-upgrade.timer', []],
    [
      'disabled active\nmasked inactive\n',
      'enable and start apt-daily.timer',
      [expect.stringContaining('somebody has masked apt-daily-upgrade.timer')],
    ],
    // Without systemd.
    [' \n \n', null, []],
  ])('security updates need the daily timers of apt: %j', async (states, change, told) => {
    const notes: string[] = []
    const host = new ScriptedHost((command) => (command.includes('is-enabled') ? states : ''))
    const task = (await upkeep('web-1', { upgrades: true }, (note) => notes.push(note))).at(-1)
    expect((await task?.check(host.host))?.summary ?? null).toBe(change)
    expect(notes).toEqual(told)
  })

  it('leaves files that setup tells of once their key is not there any more', () => {
    expect([...formerUpkeep({ upgrades: false, build_cache_days: 3 })]).toEqual([
      ['/etc/sysctl.d/60-cutover.conf', 'upkeep.sysctl'],
    ])
  })

  it.each([
    ['03:00 - 05:00', 3 * 60, 5 * 60],
    ['23:00 - 01:00', 23 * 60, 25 * 60],
  ])('a host reboots at a minute of its own in %s', async (window, from, to) => {
    const times = new Set<string>()
    for (let n = 0; n < 20; n++) {
      const [, settings] = await upkeep(`web-${n}`, { upgrades: { reboot: window } }, () => undefined)
      const host = new ScriptedHost(() => '')
      if (settings) await runAll(host, [settings])
      const [, hours = '', minutes = ''] = /Automatic-Reboot-Time "(\d\d):(\d\d)"/.exec(filesOf(host)) ?? []
      const minute = Number(hours) * 60 + Number(minutes)
      expect([minute, minute + 1440].some((each) => each >= from && each < to)).toBe(true)
      times.add(`${hours}:${minutes}`)
    }
    expect(times.size).toBeGreaterThan(10)
  })

  it.each([
    { swap: 1.5 },
    { swap: 0 },
    { time_sync: false },
    { upgrades: 'yes' },
    { upgrades: { reboot: '3:00 - 5:00' } },
    { upgrades: { reboot: '03:00 - 03:00' } },
    { sysctl: { swappiness: 10 } },
    { sysctl: { 'vm.swappiness': '' } },
    { build_cache_days: 0 },
    { other: 1 },
  ])('refuses %j', (wanted) => {
    expect(upkeepSettings.safeParse(wanted).success).toBe(false)
  })
})
