import { expect, it } from 'vitest'
import { timezone } from '../../../tasks/system/timezone.ts'
import { played, refusal, textWritten } from './played.ts'

const look =
  'cd /etc; if [ -L localtime ]; then echo "link $(readlink localtime)"; elif [ -f localtime ]; then echo "file $(base64 -w 0 localtime)"; fi'
const list =
  "if [ -d /usr/share/zoneinfo ]; then cd /usr/share/zoneinfo; find . -name right -prune -o -name posix -prune -o '(' -type f -o -type l ')' -print; fi"
const zones = './Europe/Berlin\n./UTC\n./Etc/GMT+1\n./zone.tab\n./leapseconds\n'
const link = (to: string): string =>
  `ln -sfnT -- ${to} /etc/localtime.cutover; mv -fT /etc/localtime.cutover /etc/localtime`
const berlin = '/usr/share/zoneinfo/Europe/Berlin'

it.each([
  ['the zone', `link ${berlin}\n`, {}, undefined],
  ['the zone by a relative link', 'link ../usr/share/zoneinfo/Europe/Berlin\n', {}, undefined],
  ['the zone in both places', `link ${berlin}\n`, { '/etc/timezone': 'Europe/Berlin\n' }, undefined],
  ['another', 'link /usr/share/zoneinfo/UTC\n', {}, 'UTC → Europe/Berlin'],
  ['none', '', {}, 'none → Europe/Berlin'],
  ['a file', 'file VFppZg==\n', {}, 'file → Europe/Berlin'],
  ['another in /etc/timezone', `link ${berlin}\n`, { '/etc/timezone': 'UTC\n' }, '/etc/timezone UTC → Europe/Berlin'],
])('where the host has %s', async (_, output, files, summary) => {
  const { change } = await played(timezone('Europe/Berlin'), { [look]: output, [list]: zones }, { files })
  expect(change?.summary).toBe(summary)
})

it('writes the link, and /etc/timezone only where it is there', async () => {
  const outputs = { [look]: 'link /usr/share/zoneinfo/UTC\n', [list]: zones }
  const plain = await played(timezone('Europe/Berlin'), outputs)
  expect(plain.change).toMatchObject({ before: 'UTC\n', after: 'Europe/Berlin\n' })
  expect(plain.applied).toEqual([link(berlin)])
  expect(plain.undone).toEqual([link('/usr/share/zoneinfo/UTC')])
  const both = await played(timezone('Europe/Berlin'), outputs, { files: { '/etc/timezone': 'UTC\n' } })
  expect(both.applied).toEqual([link(berlin), ...textWritten('/etc/timezone')])
  expect(both.undone).toEqual([link('/usr/share/zoneinfo/UTC'), ...textWritten('/etc/timezone')])
})

it.each([
  ['nothing', '', 'rm -f -- /etc/localtime'],
  ['a file', 'file VFppZg==\n', 'base64 -d >/etc/localtime.cutover; mv -fT /etc/localtime.cutover /etc/localtime'],
])('is taken back to %s', async (_, output, command) => {
  expect((await played(timezone('UTC'), { [look]: output, [list]: zones })).undone).toEqual([command])
})

it.each([
  ['Europe/Berlim', zones, /there is no time zone Europe\/Berlim\nDid you mean 'Europe\/Berlin'\? `timedatectl/],
  ['berlin', zones, /Did you mean 'Europe\/Berlin'/],
  ['Mars/Olympus', zones, /there is no time zone Mars\/Olympus\n`timedatectl list-timezones` lists them/],
  ['leapseconds', zones, /there is no time zone leapseconds/],
  ['UTC', '', /this host has no time zones\nInstall them first: packages\(\{ present: \['tzdata'\] \}\)/],
])('the zone %s is an error', async (zone, known, reason) => {
  expect(await refusal(() => played(timezone(zone), { [list]: known }))).toMatch(reason)
})

it.each(['', '../etc/passwd', '/UTC', 'Europe/', 'a b'])('%j is refused when the task is made', async (zone) => {
  expect(await refusal(() => timezone(zone))).toContain('is not a valid name of a time zone\nFor example Europe/Berlin')
})
