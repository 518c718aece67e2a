import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { directories } from '../../../tasks/system/directories.ts'

const [one, two] = ['/opt/shop', '/opt/shop/data base']
const task = directories([{ path: one }, { path: two, mode: '0750', owner: 'app:staff' }])
const right: ScriptedPath = { directory: true, mode: '750', owner: 'app:staff' }

it.each<[string, Record<string, ScriptedPath>, string | null, string[], string[]]>([
  ['all is there', { [one]: { directory: true }, [two]: right }, null, [], []],
  [
    'one has another mode',
    { [one]: { directory: true, mode: '2700' }, [two]: right },
    '/opt/shop (mode 2700 → 755)',
    ['chown -- root:root /opt/shop', 'chmod -- 00755 /opt/shop'],
    ['chown -- 0:0 /opt/shop', 'chmod -- 02700 /opt/shop'],
  ],
  [
    'one has another owner',
    { [one]: { directory: true }, [two]: { directory: true, mode: '750' } },
    '/opt/shop/data base (owner root:root → app:staff)',
    [
      'getent passwd app',
      'getent group staff',
      "chown -- app:staff '/opt/shop/data base'",
      "chmod -- 00750 '/opt/shop/data base'",
    ],
    ["chown -- 0:0 '/opt/shop/data base'", "chmod -- 00750 '/opt/shop/data base'"],
  ],
  [
    'nothing is there',
    {},
    '/opt/shop (new), /opt/shop/data base (new)',
    [
      'getent passwd app',
      'getent group staff',
      'install -d -m 755 -o root -g root -- /opt/shop',
      "install -d -m 750 -o app -g staff -- '/opt/shop/data base'",
    ],
    [
      "if [ -d '/opt/shop/data base' ]; then rmdir --ignore-fail-on-non-empty -- '/opt/shop/data base'; fi",
      'if [ -d /opt/shop ]; then rmdir --ignore-fail-on-non-empty -- /opt/shop; fi',
    ],
  ],
])('%s', async (_, files, summary, commands, undone) => {
  const host = new ScriptedHost(() => '', { files })
  const change = await task.check(host.host)
  expect(change?.summary ?? null).toBe(summary)
  if (change) await task.apply(host.host, change)
  expect(host.commands).toEqual(commands)
  if (change) await task.undo?.(host.host, change)
  expect(host.commands.slice(commands.length)).toEqual(undone)
})

it('the diff shows mode and owner', async () => {
  const host = new ScriptedHost(() => '', { files: { [one]: { directory: true, mode: '700' } } })
  expect(await task.check(host.host)).toMatchObject({
    before: '/opt/shop [mode 700, owner root:root]\n',
    after: '/opt/shop [mode 755, owner root:root]\n/opt/shop/data base [mode 750, owner app:staff]\n',
  })
})

it.each([
  [['/opt/shop'], 'directories /opt/shop'],
  [['/opt/shop', '/opt/shop/postgres/'], 'directories /opt/shop, /opt/shop/postgres'],
  [
    ['/opt/cutover', '/opt/cutover/bin', '/opt/cutovers', '/var/log/cutover'],
    'directories /opt/cutover, …/bin, /opt/cutovers, /var/log/cutover',
  ],
])('%j are called by their paths', (paths, name) => {
  expect(directories(paths.map((path) => ({ path }))).name).toBe(name)
})
