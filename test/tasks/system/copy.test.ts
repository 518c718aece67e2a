import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type ScriptedFile, ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { copy } from '../../../tasks/system/copy.ts'

const from = import.meta.filename
const content = readFileSync(from, 'utf8')
const options = { from, to: '/opt/x', mode: '755', owner: 'a:b' }

it.each<[string, ScriptedFile | undefined, object, unknown]>([
  ['does not exist', undefined, {}, { summary: `new, from ${from}` }],
  ['has another content', 'other', {}, { summary: `other content than ${from}` }],
  ['is as wanted', content, {}, null],
  ['has another mode', content, { mode: '600' }, { summary: '644 root:root → 600 root:root' }],
  ['has another owner', content, { owner: 'a:b' }, { summary: '644 root:root → 644 a:b' }],
])('a copy that %s', async (_, current, more, change) => {
  const host = new ScriptedHost({}, { files: current === undefined ? {} : { '/opt/x': current } })
  expect(await copy({ from, to: '/opt/x', ...more }).check(host.host)).toEqual(change)
})

it('is sent with mode and owner', async () => {
  const host = new ScriptedHost()
  await copy(options).apply(host.host, { summary: '' })
  expect(host.commands).toEqual(['write /opt/x 755 a:b'])
  expect(host.files.get('/opt/x')?.content).toBe(content)
  expect(copy(options).name).toBe('copy /opt/x')
})
