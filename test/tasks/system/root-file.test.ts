import { expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { rootFile, rootFolder } from '../../../tasks/system/root-file.ts'
import { fakeRuntime } from '../../runner/task/fake-runtime.ts'

it.each([
  ['a text', 'x\n', {}, 'write /etc/x 644 root:root'],
  ['a secret', new Secret('x\n', 'x'), {}, 'write /etc/x 600 root:root'],
  ['a program', 'x\n', { mode: '755' }, 'write /etc/x 755 root:root'],
])('a file of root gets its owner and mode back: %s', async (_, content, options, command) => {
  const host = new ScriptedHost({}, { files: { '/etc/x': { content: 'other\n', mode: '666', owner: 'app:app' } } })
  const { runtime } = fakeRuntime({ host: () => host.host })
  const task = rootFile('/etc/x', content, options)
  expect((await runTask(runtime, task)).status).toBe('changed')
  expect(host.commands).toEqual([command])
  expect((await runTask(runtime, task)).status).toBe('ok')
})

it.each([
  ['755', {}, ['chown -- root:root /opt/x', 'chmod -- 00755 /opt/x']],
  ['700', { mode: '700' }, ['chown -- root:root /opt/x', 'chmod -- 00700 /opt/x']],
])('a folder of root gets its owner and mode back: %s', async (_, options, commands) => {
  const files = { '/opt/x': { directory: true, mode: '777', owner: 'app:app' } } as const
  const host = new ScriptedHost(() => '', { files })
  const task = rootFolder('/opt/x', options)
  const change = await task.check(host.host)
  if (change) await task.apply(host.host, change)
  expect(host.commands).toEqual(commands)
})
