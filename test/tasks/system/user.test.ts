import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { groupMember } from '../../../tasks/system/user.ts'

it.each([
  ['deploy sudo docker\n', null],
  ['deploy dockers\n', { summary: 'add deploy to docker' }],
])('a user in the groups %j', async (stdout, change) => {
  const host = new ScriptedHost({ 'id -nG -- deploy': stdout })
  expect(await groupMember('deploy', 'docker').check(host.host)).toEqual(change)
})

it('is added to a group and stays in the others', async () => {
  const host = new ScriptedHost(() => '')
  await groupMember('deploy', 'docker').apply(host.host, { summary: '' })
  expect(host.commands).toEqual(['usermod -aG docker deploy'])
  expect(groupMember('deploy', 'docker').name).toBe('user deploy in group docker')
})
