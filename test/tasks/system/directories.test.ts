import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { directories } from '../../../tasks/system/directories.ts'

const task = directories([{ path: '/opt/shop' }, { path: '/opt/shop/data base', mode: '750', owner: 'app:staff' }])
const stat = "stat -c '%a %U:%G %n' -- /opt/shop '/opt/shop/data base' 2>/dev/null"

it.each([
  ['all is there', '755 root:root /opt/shop\n750 app:staff /opt/shop/data base\n', 0, null, []],
  [
    'one has another mode',
    '700 root:root /opt/shop\n750 app:staff /opt/shop/data base\n',
    0,
    '/opt/shop',
    ['install -d -m 755 -o root -g root -- /opt/shop'],
  ],
  [
    'one has another owner',
    '755 root:root /opt/shop\n750 root:root /opt/shop/data base\n',
    0,
    '/opt/shop/data base',
    ["install -d -m 750 -o app -g staff -- '/opt/shop/data base'"],
  ],
  [
    'nothing is there',
    '',
    1,
    '/opt/shop, /opt/shop/data base',
    ['install -d -m 755 -o root -g root -- /opt/shop', "install -d -m 750 -o app -g staff -- '/opt/shop/data base'"],
  ],
])('%s', async (_, stdout, code, summary, commands) => {
  const host = new ScriptedHost((command) => (command === stat ? { stdout, code } : ''))
  const change = await task.check(host.host)
  expect(change?.summary ?? null).toBe(summary)
  if (change) await task.apply(host.host, change)
  expect(host.commands).toEqual([stat, ...commands])
})

it.each([
  [['/opt/shop'], 'directories /opt/shop'],
  [['/opt/shop', '/opt/shop/postgres'], 'directories /opt/shop, /opt/shop/postgres'],
  [
    ['/opt/cutover', '/opt/cutover/bin', '/opt/cutovers', '/var/log/cutover'],
    'directories /opt/cutover, …/bin, /opt/cutovers, /var/log/cutover',
  ],
])('%j are called by their paths', (paths, name) => {
  expect(directories(paths.map((path) => ({ path }))).name).toBe(name)
})

it('one that is as wanted needs no mode and owner of its own', async () => {
  const host = new ScriptedHost(() => '755 root:root /opt/x\n')
  expect(await directories([{ path: '/opt/x' }]).check(host.host)).toBeNull()
})
