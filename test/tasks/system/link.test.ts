import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { link } from '../../../tasks/system/link.ts'

const readlink = "readlink -- '/opt/a b/deploy'"
const deploy = link('/opt/a b/deploy', '/opt/cutover/cutover.sh')

it.each([
  ['points there', { stdout: '/opt/cutover/cutover.sh\n' }, null],
  ['points elsewhere', { stdout: '/opt/other\n' }, { summary: '→ /opt/cutover/cutover.sh' }],
  ['does not exist', { code: 1 }, { summary: '→ /opt/cutover/cutover.sh' }],
])('a link that %s', async (_, output, change) => {
  expect(await deploy.check(new ScriptedHost({ [readlink]: output }).host)).toEqual(change)
})

it('is made with its folder, and replaces another one', async () => {
  const host = new ScriptedHost(() => '')
  await deploy.apply(host.host, { summary: '' })
  expect(host.commands).toEqual(["mkdir -p -- '/opt/a b'; ln -sfn -- /opt/cutover/cutover.sh '/opt/a b/deploy'"])
  expect(deploy.name).toBe('link /opt/a b/deploy')
})
