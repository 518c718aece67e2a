import { expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { prove } from '../../../runner/task/kit.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { template } from '../../../tasks/system/template.ts'

it.each<[string, string | URL]>([
  ['beside the file that calls it', 'beside.njk'],
  ['by its absolute path', `${import.meta.dirname}/beside.njk`],
  ['by its URL', new URL('beside.njk', import.meta.url)],
])('a template is found %s', async (_, source) => {
  const host: ScriptedHost = new ScriptedHost({
    'rm -f -- /etc/x': { changes: () => void host.files.delete('/etc/x') },
  })
  const task = template('/etc/x', source, { a: 1 }, { mode: '0640', tags: ['t'] })
  expect(task).toMatchObject({ name: 'template /etc/x', tags: ['t'] })
  await prove(task, host.host, { change: 'new', diff: ['+[mode 640]', '+a = 1'] })
  expect(host.files.get('/etc/x')).toMatchObject({ content: 'a = 1\n', mode: '640' })
})

it('with a secret among its values, nothing of it is shown', async () => {
  const task = template('/etc/x', 'beside.njk', { a: new Secret('s3cret', 'a') })
  const change = await task.check(new ScriptedHost().host)
  expect(change).toEqual({ summary: 'new', previous: { state: null, content: true } })
})

it('a mistake in it is named at once', () => {
  expect(() => template('/etc/x', 'beside.njk', { b: 1 })).toThrow("beside.njk:1:8: 'a' is unknown: a = {{ a }}")
  expect(() => template('/etc/x', 'none.njk')).toThrow(/none\.njk/)
})
