import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { service } from '../../../tasks/system/service.ts'

const show = 'systemctl show -p ActiveState,UnitFileState -- cron'

it.each([
  ['runs and is enabled', 'ActiveState=active\nUnitFileState=enabled\n', null],
  ['has ended', 'ActiveState=inactive\nUnitFileState=enabled\n', { summary: 'inactive, enabled → active, enabled' }],
  ['is disabled', 'ActiveState=active\nUnitFileState=disabled\n', { summary: 'active, disabled → active, enabled' }],
  ['does not exist', 'ActiveState=inactive\nUnitFileState=\n', { summary: 'inactive, missing → active, enabled' }],
  ['is on a host without systemd', '', { summary: 'missing, missing → active, enabled' }],
])('a service that %s', async (_, stdout, change) => {
  expect(await service('cron').check(new ScriptedHost({ [show]: { stdout } }).host)).toEqual(change)
})

it('is enabled and started', async () => {
  const host = new ScriptedHost(() => '')
  await service('cron').apply(host.host, { summary: '' })
  expect(host.commands).toEqual(['systemctl enable --now -- cron'])
  expect(service('cron').name).toBe('service cron')
})

it('a check fails nothing where systemctl fails', async () => {
  const host = new ScriptedHost({ [show]: { code: 1 } })
  expect(await service('cron').check(host.host)).toEqual({ summary: 'missing, missing → active, enabled' })
})
