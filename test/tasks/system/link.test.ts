import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { link } from '../../../tasks/system/link.ts'

const path = '/opt/a b/deploy'
const target = '/opt/cutover/cutover.sh'
const deploy = link(path, target, { tags: ['t'] })
const hostWith = (current: ScriptedPath | undefined): ScriptedHost =>
  new ScriptedHost(() => '', { files: current === undefined ? {} : { [path]: current } })

it.each<[string, ScriptedPath | undefined, object | null]>([
  ['points there', { target }, null],
  [
    'points elsewhere',
    { target: '../x' },
    { summary: `../x → ${target}`, before: '[link to ../x]\n', after: `[link to ${target}]\n`, previous: '../x' },
  ],
  ['does not exist', undefined, { summary: `→ ${target}`, before: '', after: `[link to ${target}]\n` }],
])('a link that %s', async (_, current, change) => {
  const found = await deploy.check(hostWith(current).host)
  expect(found).toEqual(change)
})

it.each<[string, ScriptedPath]>([
  ['a file', 'x'],
  ['a folder', { directory: true }],
])('%s in its place is left as it is', async (what, current) => {
  await expect(deploy.check(hostWith(current).host)).rejects.toThrow(`there is ${what} at ${path}, and not a link`)
})

it.each<[string, ScriptedPath | undefined, string]>([
  ['is removed', undefined, `rm -f -- '${path}'`],
  ['points where it did', { target: '/old' }, `ln -sfT -- /old '${path}'`],
])('is made with its folder, and after an undo %s', async (_, current, undone) => {
  const host = hostWith(current)
  const change = await deploy.check(host.host)
  if (change) await deploy.apply(host.host, change)
  if (change) await deploy.undo?.(host.host, change)
  expect(host.commands).toEqual([`mkdir -p -- '/opt/a b'; ln -sfT -- ${target} '${path}'`, undone])
  expect(deploy).toMatchObject({ name: 'link /opt/a b/deploy', tags: ['t'] })
})

it('a relative path is refused', () => expect(() => link('x', '/y')).toThrow('is not absolute'))
