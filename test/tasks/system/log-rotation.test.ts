import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { logRotation } from '../../../tasks/system/log-rotation.ts'

it('logrotate gets a file for the logs of the poller', async () => {
  const host = new ScriptedHost()
  const change = await logRotation().check(host.host)
  if (change) await logRotation().apply(host.host, change)
  expect(host.commands).toEqual(['write /etc/logrotate.d/cutover 644 root:root'])
  expect(host.files.get('/etc/logrotate.d/cutover')?.content).toMatchInlineSnapshot(`
    "# Written by Cutover.
    /var/log/cutover/*.log {
      weekly
      rotate 8
      compress
      missingok
      notifempty
    }
    "
  `)
})
