import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { reload, restart } from '../../../tasks/system/restart.ts'

const status = 'systemctl status --no-pager --full --lines=20 -- nginx.service'

it.each([
  ['restart', restart],
  ['reload', reload],
] as const)('a unit that is to %s', async (verb, make) => {
  const host = new ScriptedHost({ [`systemctl ${verb} -- nginx.service`]: '' })
  const task = make('nginx', { tags: ['web'] })
  expect(task).toMatchObject({ name: `${verb} nginx`, tags: ['web'], action: 'always' })
  expect(await task.check(host.host)).toEqual({ summary: 'do it' })
  await task.apply(host.host, { summary: 'do it' })
  expect(host.commands).toEqual([`systemctl ${verb} -- nginx.service`])
})

it('one that fails says what it logged', async () => {
  const host = new ScriptedHost({
    'systemctl restart -- nginx.service': { code: 1 },
    [status]: { code: 3, stdout: 'nginx.service: it is broken\n' },
  })
  const error: unknown = await Promise.resolve(restart('nginx').apply(host.host, { summary: 'do it' })).catch(
    (reason: unknown) => reason,
  )
  expect(explain(error, 40).join('\n')).toMatch(/^nginx.service did not restart\n[^]*nginx.service: it is broken/)
})

it('its name may have a type, and is a valid one', async () => {
  const host = new ScriptedHost({ 'systemctl restart -- backup.timer': '' })
  await restart('backup.timer').apply(host.host, { summary: 'do it' })
  expect(() => reload('-x; rm')).toThrow("'-x; rm' is not a valid name of a unit")
})
