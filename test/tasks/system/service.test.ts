import { expect, it } from 'vitest'
import { MissingError } from '../../../runner/errors.ts'
import { action } from '../../../runner/task/action.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { service } from '../../../tasks/system/service.ts'
import { inactive, show, unitOf } from './unit-commands.ts'

const cron = show('cron.service')
const oneshot = { Type: 'oneshot', ...inactive }

it.each<[string, Record<string, string>, string | null]>([
  ['runs and is enabled', {}, null],
  ['has ended', inactive, 'inactive → active'],
  ['is disabled', { UnitFileState: 'disabled' }, 'disabled → enabled'],
  ['is both', { ...inactive, UnitFileState: 'disabled' }, 'disabled → enabled, inactive → active'],
  ['has failed', { ActiveState: 'failed' }, 'failed → active'],
  ['is enabled until the next boot', { UnitFileState: 'enabled-runtime' }, 'enabled-runtime → enabled'],
  ['is static, and runs', { UnitFileState: 'static' }, null],
  ['is static, and does not run', { UnitFileState: 'static', ...inactive }, 'inactive → active'],
  ['reloads', { ActiveState: 'reloading' }, null],
  ['tries again and again to start', { ActiveState: 'activating' }, 'activating → active'],
  ['did its one thing at the boot', { ...oneshot, ExecMainStartTimestamp: 'Fri 2026-11-27 10:00:00 UTC' }, null],
  ['does its one thing now', { ...oneshot, ActiveState: 'activating' }, null],
  ['did not do its one thing at the boot', oneshot, 'inactive → active'],
  ['failed to do its one thing', { ...oneshot, ActiveState: 'failed' }, 'failed → active'],
  ['does its one thing when a timer says so', { ...oneshot, UnitFileState: 'static', WantedBy: '' }, null],
  [
    'is to do its one thing at the boot',
    { ...oneshot, UnitFileState: 'disabled', WantedBy: '' },
    'disabled → enabled, inactive → active',
  ],
  ['did its one thing and counts as active', { Type: 'oneshot', RemainAfterExit: 'yes' }, null],
])('a service that %s', async (_, properties, summary) => {
  const host = new ScriptedHost({ [cron]: unitOf(properties) })
  expect((await service('cron').check(host.host))?.summary ?? null).toBe(summary)
})

it.each<[string, string, string]>([
  [
    'does not exist',
    unitOf({ LoadState: 'not-found', UnitFileState: '', ...inactive }),
    'there is no unit cron.service',
  ],
  ['is on a host without systemd', '', 'systemd does not run on this host'],
])('a service that %s is missing', async (_, stdout, message) => {
  for (const options of [{}, { running: false, enabled: false }]) {
    const checked = Promise.resolve(
      service('cron', options).check(new ScriptedHost({ [cron]: { stdout, code: 1 } }).host),
    )
    // The exit status counts only without output.
    await expect(checked).rejects.toBeInstanceOf(MissingError)
    await expect(checked).rejects.toThrow(message)
  }
})

it('it may be stopped, or only started', async () => {
  const summary = async (options: Parameters<typeof service>[1], properties = {}): Promise<string | undefined> =>
    (await service('cron', options).check(new ScriptedHost({ [cron]: unitOf(properties) }).host))?.summary
  expect(await summary({ running: false, enabled: false })).toBe('enabled → disabled, active → inactive')
  expect(await summary({ running: false })).toBe('active → inactive')
  expect(await summary({ running: false, enabled: false }, { ...inactive, UnitFileState: 'static' })).toBeUndefined()
})

it('its name and what every task takes', () => {
  const reload = action('reload', async () => undefined)
  expect(service('cron', { notify: [reload], tags: ['base'] })).toMatchObject({
    name: 'service cron',
    notify: [reload],
    tags: ['base'],
  })
})
