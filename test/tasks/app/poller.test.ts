import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { poller } from '../../../tasks/app/poller.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { filesOf, runAll } from './run.ts'

const shop = toApp('shop-1', '192.0.2.1', appSettings.parse({ image: 'ghcr.io/you/shop', follow: 'stable', poll: 7 }))

it('an app is polled by cron, for the image and the tag that it follows', async () => {
  const host = new ScriptedHost(() => '')
  expect(await runAll(host, poller(shop))).toEqual({
    'file /opt/shop-1/follow': 'new',
    'file /etc/cron.d/cutover-shop-1': 'new',
  })
  expect(filesOf(host)).toBe(`== /opt/shop-1/follow 644 root:root
ghcr.io/you/shop
stable
== /etc/cron.d/cutover-shop-1 644 root:root
# Written by Cutover: is there a new release of shop-1? Does what serves it run?
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
*/7 * * * * root /opt/cutover/poll.sh shop-1 >>/var/log/cutover/shop-1-poller.log 2>&1
* * * * * root /opt/cutover/heal.sh shop-1 >>/var/log/cutover/shop-1-poller.log 2>&1
`)
})

it('an app that is polled already needs no change', async () => {
  const host = new ScriptedHost(() => '')
  await runAll(host, poller(shop))
  expect(Object.values(await runAll(host, poller(shop)))).toEqual([null, null])
})

it.each([
  ['in its own folder', { at: '3:05', keep: 14 }, '5 3 * * * root /opt/shop-1/backup --keep 14'],
  [
    'in another folder',
    { at: '23:00', keep: 1, to: '/mnt/nas' },
    '0 23 * * * root /opt/shop-1/backup --keep 1 --folder /mnt/nas',
  ],
])('cron backs its database up %s', async (_, backup, line) => {
  const host = new ScriptedHost(() => '')
  await runAll(host, poller(shop, backup))
  const { content = '' } = host.files.get('/etc/cron.d/cutover-shop-1') ?? {}
  // Cron ignores a last line that has no end.
  expect(content.split('\n').slice(-2)).toEqual([`${line} </dev/null >>/var/log/cutover/shop-1-backup.log 2>&1`, ''])
})
