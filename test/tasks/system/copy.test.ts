import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { copy } from '../../../tasks/system/copy.ts'

const from = import.meta.filename
const content = readFileSync(from, 'utf8')
const hostWith = (current: ScriptedPath | undefined): ScriptedHost =>
  new ScriptedHost(() => '', { files: current === undefined ? {} : { '/opt/x': current } })

it.each<[string, ScriptedPath | undefined, object, object | null]>([
  ['does not exist', undefined, {}, { summary: `new, from ${from}`, before: '', after: content }],
  ['has another content', 'other', {}, { summary: 'content', before: 'other', after: content }],
  ['is as wanted', { content, mode: '600' }, {}, null],
  ['has another mode', content, { mode: '0600' }, { summary: 'mode 644 → 600' }],
  ['has another owner', content, { owner: 'a:b' }, { summary: 'owner root:root → a:b' }],
])('a copy that %s', async (_, current, more, change) => {
  const found = await copy({ from, to: '/opt/x', ...more }).check(hostWith(current).host)
  if (change === null) expect(found).toBeNull()
  else expect(found).toMatchObject(change)
})

it('is sent with mode and owner', async () => {
  const host = hostWith(undefined)
  const task = copy({ from, to: '/opt/x', mode: '755', owner: 'a:b', tags: ['t'] })
  const change = await task.check(host.host)
  if (change) await task.apply(host.host, change)
  expect(host.commands.at(-1)).toBe('write /opt/x 755 a:b')
  expect(host.files.get('/opt/x')?.content).toBe(content)
  expect(task).toMatchObject({ name: 'copy /opt/x', tags: ['t'] })
})

it('that is large says its size and digest, and is streamed', async () => {
  const large = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'large')
  writeFileSync(large, 'x'.repeat(100_000))
  const host = hostWith('old')
  const task = copy({ from: large, to: '/opt/x' })
  const change = await task.check(host.host)
  expect(change?.summary).toBe('content: 3 → 100000 bytes')
  expect(change?.after).toMatch(/^\[100000 bytes, SHA-256 [0-9a-f]{64}\]\n$/)
  if (change) await task.apply(host.host, change)
  expect(host.files.get('/opt/x')?.content).toHaveLength(100_000)
})

it('of a file that is not here fails its check', async () => {
  const check = (source: string): Promise<unknown> => copy({ from: source, to: '/opt/x' }).check(hostWith('x').host)
  await expect(check('/none')).rejects.toThrow('there is no file /none on this machine')
  await expect(check('/tmp')).rejects.toMatchObject({ hint: expect.stringContaining('tree(…)') as string })
})

it('is found beside the file that calls it, as a template is', async () => {
  const change = await copy({ from: 'beside.njk', to: '/opt/x' }).check(hostWith(undefined).host)
  expect(change).toMatchObject({ summary: `new, from ${import.meta.dirname}/beside.njk`, after: 'a = {{ a }}\n' })
})
