import { expect, it } from 'vitest'
import { group, groupMember } from '../../../tasks/system/group.ts'
import { played, refusal } from './played.ts'

const look = 'getent group shop || [ $? -eq 2 ]'

it.each([
  ['a new one', group('shop'), '', 'new', ['groupadd -- shop']],
  ['a new one with a number', group('shop', { gid: 7 }), '', 'new, gid 7', ['groupadd --gid 7 -- shop']],
  ['a new one of the system', group('shop', { system: true }), '', 'new', ['groupadd --system -- shop']],
  ['one that is there', group('shop'), 'shop:x:5:\n', undefined, []],
  ['one with its number', group('shop', { gid: 5 }), 'shop:x:5:\n', undefined, []],
  ['one with another', group('shop', { gid: 7 }), 'shop:x:5:\n', 'gid 5 → 7', ['groupmod --gid 7 -- shop']],
  ['one that must go', group('shop', { state: 'absent' }), 'shop:x:5:a,b\n', 'remove, gid 5', ['groupdel -- shop']],
  ['one that is gone', group('shop', { state: 'absent' }), '', undefined, []],
])('a group: %s', async (_, task, output, summary, commands) => {
  const { change, applied } = await played(task, { [look]: output })
  expect(change?.summary).toBe(summary)
  expect(applied).toEqual(commands)
})

it('is taken back: to nothing, to its number, with its members', async () => {
  expect((await played(group('shop'), {})).undone).toEqual([
    'if getent group shop >/dev/null; then groupdel -- shop; fi',
  ])
  const restored = 'if getent group shop >/dev/null; then groupmod --gid 5 -- shop; else groupadd --gid 5 -- shop; fi'
  expect((await played(group('shop', { gid: 7 }), { [look]: 'shop:x:5:a\n' })).undone).toEqual([restored])
  expect((await played(group('shop', { state: 'absent' }), { [look]: 'shop:x:5:a,b\n' })).undone).toEqual([
    restored,
    'gpasswd --members a,b shop',
  ])
})

it.each([
  ['-x', {}, /'-x' is not a valid name of a group\nIt begins with a letter/],
  ['a:b', {}, /'a:b' is not a valid name/],
  ['shop', { gid: -1 }, /the gid -1 is not a whole number/],
  ['shop', { gid: 1.5 }, /the gid 1.5 is not a whole number/],
])('the group %j with %j is refused when the task is made', async (name, options, reason) => {
  expect(await refusal(() => group(name, options))).toMatch(reason)
})

const account = 'getent passwd deploy || [ $? -eq 2 ]; echo; getent group'
const passwd = 'deploy:x:1000:1000:Deploy:/home/deploy:/bin/bash\n\n'

it.each([
  ['another group of his', `${passwd}deploy:x:1000:\nsudo:x:27:deploy\ndocker:x:9:pat,deploy\n`, undefined],
  ['the primary group', `${passwd}docker:x:1000:\n`, undefined],
  ['a group of a similar name', `${passwd}deploy:x:1000:\ndocker:x:9:\ndockers:x:8:deploy\n`, 'add deploy to docker'],
])('a user with %s', async (_, output, summary) => {
  expect((await played(groupMember('deploy', 'docker'), { [account]: output })).change?.summary).toBe(summary)
})

it('a user is added to a group, stays in the others, and is taken out of this one again', async () => {
  const task = groupMember('deploy', 'docker')
  const { applied, undone } = await played(task, { [account]: `${passwd}docker:x:9:\n` })
  expect(task.name).toBe('user deploy in group docker')
  expect(applied).toEqual(['usermod -aG docker deploy'])
  expect(undone).toEqual([
    "if id -nG -- deploy | tr ' ' '\\n' | grep -xF -e docker >/dev/null; then gpasswd --delete deploy docker; fi",
  ])
})

it('a missing user or group may be made by an earlier task', async () => {
  expect(await refusal(() => played(groupMember('deploy', 'docker'), { [account]: '\ndocker:x:9:\n' }))).toMatch(
    /there is no user deploy\nMake it first: user\('deploy'\)/,
  )
  expect(await refusal(() => played(groupMember('deploy', 'docker'), { [account]: passwd }))).toMatch(
    /there is no group docker\nMake it first, with group\('docker'\)/,
  )
})
