import { describe, expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import { pollerSettings } from '../../../tasks/app/poller-settings.ts'
import { noCronJobs, noTimers, poller, type PollerOptions } from '../../../tasks/app/poller.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { filesOf, runAll } from './run.ts'

const shop = toApp('shop-1', '192.0.2.1', appSettings.parse({ image: 'ghcr.io/you/shop', follow: 'stable', poll: 7 }))
const options = (more: Record<string, unknown> = {}, freeze?: string[]): PollerOptions => ({
  host: 'web-1',
  settings: pollerSettings.parse(more),
  freeze,
})

/** A host without former jobs, whose units are loaded and never ran. */
const unitsOf = (command: string): ScriptedOutput =>
  command.includes('systemctl show')
    ? 'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n'
    : ''

describe('the poller', () => {
  it('is a job of cron, for the image and the tag that an app follows, at a time of its host’s own', async () => {
    const host = new ScriptedHost(() => '')
    expect(await runAll(host, poller(shop, options()))).toEqual({
      'file /opt/shop-1/follow': 'new',
      'file /etc/cron.d/cutover-shop-1': 'new',
      'no timers of shop-1': null,
    })
    expect(filesOf(host)).toMatchInlineSnapshot(`
      "== /opt/shop-1/follow 644 root:root
      ghcr.io/you/shop
      stable
      == /etc/cron.d/cutover-shop-1 644 root:root
      # Written by Cutover: is there a new release of shop-1? Does what serves it run?
      SHELL=/bin/sh
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
      5-59/7 * * * * root /opt/cutover/poll.sh shop-1 7 >>/var/log/cutover/shop-1-poller.log 2>&1
      * * * * * root /opt/cutover/heal.sh shop-1 >>/var/log/cutover/shop-1-poller.log 2>&1
      "
    `)
  })

  it('that is there already needs no change', async () => {
    const host = new ScriptedHost(() => '')
    await runAll(host, poller(shop, options()))
    expect(Object.values(await runAll(host, poller(shop, options())))).toEqual([null, null, null])
  })

  it('is two timers of systemd where that is wanted', async () => {
    const host = new ScriptedHost(unitsOf)
    expect(await runAll(host, poller(shop, options({ by: 'timer' })))).toEqual({
      'file /opt/shop-1/follow': 'new',
      'unit cutover-poll@.service': 'new',
      'unit cutover-poll-shop-1.timer': 'new, restart',
      'unit cutover-heal@.service': 'new',
      'unit cutover-heal-shop-1.timer': 'new, restart',
      'no cron jobs of shop-1': null,
    })
    expect(filesOf(host)).toMatchInlineSnapshot(`
      "== /opt/shop-1/follow 644 root:root
      ghcr.io/you/shop
      stable
      == /etc/systemd/system/cutover-poll@.service 644 root:root
      # Written by Cutover: poll.sh of an app. Its timer starts it.
      [Unit]
      Description=Cutover: poll %i
      After=docker.service network-online.target

      [Service]
      Type=oneshot
      ExecStart=/opt/cutover/poll.sh %i 0
      StandardOutput=append:/var/log/cutover/%i-poller.log
      StandardError=inherit
      LogLevelMax=warning
      == /etc/systemd/system/cutover-poll-shop-1.timer 644 root:root
      # Written by Cutover.
      [Unit]
      Description=Cutover: poll shop-1

      [Timer]
      OnCalendar=*:5/7:7
      AccuracySec=1s
      Unit=cutover-poll@shop-1.service

      [Install]
      WantedBy=timers.target
      == /etc/systemd/system/cutover-heal@.service 644 root:root
      # Written by Cutover: heal.sh of an app. Its timer starts it.
      [Unit]
      Description=Cutover: heal %i
      After=docker.service network-online.target

      [Service]
      Type=oneshot
      ExecStart=/opt/cutover/heal.sh %i
      StandardOutput=append:/var/log/cutover/%i-poller.log
      StandardError=inherit
      LogLevelMax=warning
      == /etc/systemd/system/cutover-heal-shop-1.timer 644 root:root
      # Written by Cutover.
      [Unit]
      Description=Cutover: heal shop-1

      [Timer]
      OnCalendar=*:*:00
      AccuracySec=1s
      Unit=cutover-heal@shop-1.service

      [Install]
      WantedBy=timers.target
      "
    `)
  })

  it('knows the freezes of its app, else those of its host, with the time zone', async () => {
    const host = new ScriptedHost(() => '')
    const settings = { freeze: ['Fri 16:00 - Mon 06:00'], time_zone: 'Europe/Berlin' }
    await runAll(host, poller(shop, options(settings)))
    expect(host.files.get('/opt/shop-1/follow')?.content).toBe(
      'ghcr.io/you/shop\nstable\nzone Europe/Berlin\nfreeze 6720 360 Fri 16:00 - Mon 06:00\n',
    )
    await runAll(host, poller(shop, options(settings, ['Sat 00:00 - Sat 24:00'])))
    expect(host.files.get('/opt/shop-1/follow')?.content).toContain('zone Europe/Berlin\nfreeze 7200 8640 Sat')
    await runAll(host, poller(shop, options(settings, [])))
    expect(host.files.get('/opt/shop-1/follow')?.content).toBe('ghcr.io/you/shop\nstable\n')
  })

  it.each([
    ['in its own folder', { at: '3:05', keep: 14 }, '5 3 * * * root /opt/shop-1/backup --keep 14'],
    [
      'in another folder',
      { at: '23:00', keep: 1, to: '/mnt/nas' },
      '0 23 * * * root /opt/shop-1/backup --keep 1 --folder /mnt/nas',
    ],
  ])('leaves backups %s to cron, also beside timers', async (_, backup, line) => {
    const cronFile = '/etc/cron.d/cutover-shop-1'
    const ending = [`${line} </dev/null >>/var/log/cutover/shop-1-backup.log 2>&1`, '']
    for (const by of ['cron', 'timer']) {
      const host = new ScriptedHost(unitsOf)
      await runAll(host, poller(shop, { ...options({ by }), backup }))
      const lines = host.files.get(cronFile)?.content.toString().split('\n') ?? []
      // Cron ignores a last line that has no end.
      expect(lines.slice(-2)).toEqual(ending)
      expect(lines.length).toBe(by === 'cron' ? 7 : 5)
    }
  })
})

describe('after a change', () => {
  const cronFile = '/etc/cron.d/cutover-shop'
  const timers = ['poll', 'heal'].map((job) => `/etc/systemd/system/cutover-${job}-shop.timer`)

  it('to timers the job of cron is removed, if it is ours', async () => {
    const host = new ScriptedHost((command) => (command.startsWith('grep ') ? `${cronFile}\n` : ''))
    expect(await runAll(host, [noCronJobs('shop')])).toEqual({ 'no cron jobs of shop': `remove ${cronFile}` })
    expect(host.commands).toEqual([`grep -l 'Written by Cutover' -- ${cronFile} 2>/dev/null`, `rm -f -- ${cronFile}`])
  })

  const services = ['poll', 'heal'].map((job) => `/etc/systemd/system/cutover-${job}@.service`)

  it('to cron the timers are stopped and removed, and the services that nobody starts any more', async () => {
    const host = new ScriptedHost((command) =>
      command.startsWith('grep ') ? `${[...timers, ...services].join('\n')}\n` : '',
    )
    await runAll(host, [noTimers('shop')])
    expect(host.commands.slice(1)).toEqual([
      'systemctl disable --now -- cutover-poll-shop.timer cutover-heal-shop.timer',
      `rm -f -- ${[...timers, ...services].join(' ')}`,
      'systemctl daemon-reload',
    ])
  })

  it('to cron the services stay that the timers of another app start, and what is not an app’s', async () => {
    const others = ['poll-blog.timer', 'dead-man.service'].map((unit) => `/etc/systemd/system/cutover-${unit}`)
    const host = new ScriptedHost((command) =>
      command.startsWith('grep ') ? `${[...others, ...services, ...timers].join('\n')}\n` : '',
    )
    await runAll(host, [noTimers('shop')])
    expect(host.commands).toContain(`rm -f -- ${timers.join(' ')}`)
  })

  it('to cron, and once more: services that were left are removed', async () => {
    const host = new ScriptedHost((command) => (command.startsWith('grep ') ? `${services.join('\n')}\n` : ''))
    await runAll(host, [noTimers('shop')])
    expect(host.commands.slice(1)).toEqual([`rm -f -- ${services.join(' ')}`, 'systemctl daemon-reload'])
  })
})
