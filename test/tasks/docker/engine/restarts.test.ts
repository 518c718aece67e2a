import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { dockerRestarts } from '../../../../tasks/docker/engine/restarts.ts'

const show = 'systemctl show docker.service -p NeedDaemonReload -p DropInPaths'
const conf = '/etc/systemd/system/docker.service.d/cutover.conf'

it('a guard and a drop-in are written, and systemd reads them', async () => {
  const host = new ScriptedHost(() => '')
  for (const task of dockerRestarts()) {
    const change = await task.check(host.host)
    if (change) await task.apply(host.host, change)
  }
  expect(dockerRestarts().map(({ name }) => name)).toEqual([
    'directory /opt/cutover',
    'directory /etc/systemd/system/docker.service.d',
    'file /opt/cutover/docker-guard.sh',
    `file ${conf}`,
    'systemd: docker.service as its files are',
  ])
  expect(host.commands).toEqual([
    'install -d -m 755 -o root -g root -- /opt/cutover',
    'install -d -m 755 -o root -g root -- /etc/systemd/system/docker.service.d',
    'write /opt/cutover/docker-guard.sh 755 root:root',
    `write ${conf} 644 root:root`,
    show,
    'systemctl daemon-reload',
  ])
  expect(host.files.get(conf)?.content).toMatchInlineSnapshot(`
    "# Written by Cutover: nobody is refused while dockerd starts, and it comes back soon. The guard says how.
    # Of itself, systemd gives dockerd up, until a person comes, once it has died three times in a minute.
    [Unit]
    StartLimitIntervalSec=60
    StartLimitBurst=20
    [Service]
    RestartSec=500ms
    ExecStartPre=-/opt/cutover/docker-guard.sh on
    ExecStartPost=-/opt/cutover/docker-guard.sh off
    ExecStopPost=-/opt/cutover/docker-guard.sh failed
    "
  `)
  expect(host.files.get('/opt/cutover/docker-guard.sh')?.content).toMatch(/^#!/)
})

it.each([
  ['as they are', `NeedDaemonReload=no\nDropInPaths=/x ${conf}\n`, null],
  ['before the drop-in', 'NeedDaemonReload=no\nDropInPaths=\n', { summary: 'daemon-reload' }],
  ['before a change', `NeedDaemonReload=yes\nDropInPaths=${conf}\n`, { summary: 'daemon-reload' }],
  ['not at all', '', { summary: 'daemon-reload' }],
])('systemd has read the files %s', async (_, stdout, change) => {
  const host = new ScriptedHost({ [show]: { stdout, code: 1 } })
  expect(await dockerRestarts().at(-1)?.check(host.host)).toEqual(change)
})
