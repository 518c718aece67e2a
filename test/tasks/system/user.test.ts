import { describe, expect, it } from 'vitest'
import { MissingError } from '../../../runner/errors.ts'
import { Secret } from '../../../runner/secret/index.ts'
import { user, type UserOptions } from '../../../tasks/system/user.ts'
import { played, refusal } from './played.ts'

const look = 'getent passwd ada || [ $? -eq 2 ]; echo; getent group'
const shadow = 'getent shadow ada || [ $? -eq 2 ]'
const groups = 'root:x:0:\nsudo:x:27:ada\nadm:x:4:\nweb:x:50:ada,pat\n'
const there = `ada:x:1000:1000:Ada L:/home/ada:/bin/bash\n\nada:x:1000:\n${groups}`
const missing = `\n${groups}`
const hash = '$y$j9T$salt$hash'
const other = new Secret('$6$other$hash', 'other hash')
const create = '--create-home -- ada'

describe('a user who is not there', () => {
  it.each<[UserOptions, string, string]>([
    [{}, 'new', `useradd --shell /bin/bash ${create}`],
    [{ uid: 7, group: 'web' }, 'new, uid 7, gid web', `useradd --uid 7 --gid web --shell /bin/bash ${create}`],
    [
      { groups: ['adm', 'web'], comment: 'it’s A' },
      'new, groups adm,web, comment it’s A',
      `useradd --groups adm,web --comment 'it’s A' --shell /bin/bash ${create}`,
    ],
    [{ shell: '/bin/sh' }, 'new', `useradd --shell /bin/sh ${create}`],
    [
      { system: true, home: '/var/lib/ada' },
      'new, home-dir /var/lib/ada',
      'useradd --home-dir /var/lib/ada --shell /usr/sbin/nologin --system --no-create-home -- ada',
    ],
  ])('with %j', async (options, summary, command) => {
    const { change, applied } = await played(user('ada', options), { [look]: missing })
    expect(change?.summary).toBe(summary)
    expect(applied).toEqual([command])
  })

  it('gets its password by the input of chpasswd, locked if that is wanted', async () => {
    const { change, applied } = await played(user('ada', { password: other, locked: true }), { [look]: missing })
    expect(change?.summary).toBe('new, password, locked')
    expect(change).not.toHaveProperty('after')
    expect(applied).toEqual([`useradd --shell /bin/bash ${create}`, 'chpasswd --encrypted'])
    expect(change).toMatchObject({ hash: '!$6$other$hash' })
  })

  it('has the group of its name as primary group, if there is one', async () => {
    const { applied, undone } = await played(user('web'), { [look.replace('ada', 'web')]: missing })
    expect(applied).toEqual(['useradd --gid web --shell /bin/bash --create-home -- web'])
    expect(undone.at(-1)).toBe('getent group web >/dev/null || groupadd --gid 50 -- web')
  })

  it('is removed again with its home folder, unless the folder was there before', async () => {
    const fresh = await played(user('ada'), { [look]: missing })
    expect(fresh.undone).toEqual(['if getent passwd ada >/dev/null; then userdel --remove -- ada; fi'])
    const files = { '/home/ada': { directory: true } } as const
    const used = await played(user('ada'), { [look]: missing }, { files })
    expect(used.undone).toEqual(['if getent passwd ada >/dev/null; then userdel -- ada; fi'])
  })
})

describe('a user who is there', () => {
  it.each<[UserOptions, string | undefined, string?]>([
    [{}, undefined],
    [{ uid: 1000, group: 'ada', groups: ['web'], shell: '/bin/bash', home: '/home/ada', comment: 'Ada L' }, undefined],
    [{ uid: 7 }, 'uid 1000 → 7', 'usermod --uid 7 -- ada'],
    [{ group: 'web' }, 'gid ada → web', 'usermod --gid web -- ada'],
    [{ comment: '' }, 'comment Ada L → none', "usermod --comment '' -- ada"],
    [
      { shell: '/bin/sh', home: '/srv/ada' },
      'shell /bin/bash → /bin/sh, home /home/ada → /srv/ada',
      'usermod --shell /bin/sh --home /srv/ada -- ada',
    ],
    [{ groups: ['adm', 'web'] }, 'groups +adm', 'usermod --append --groups adm -- ada'],
    [{ groups: ['ada'] }, undefined],
    [{ groups: ['adm', 'web'], append: false }, 'groups +adm -sudo', 'usermod --groups adm,web -- ada'],
    [{ groups: [], append: false }, 'groups -sudo -web', "usermod --groups '' -- ada"],
    [{ append: false }, undefined],
  ])('with %j', async (options, summary, command) => {
    const { change, applied, undone } = await played(user('ada', options), { [look]: there })
    expect(change?.summary).toBe(summary)
    expect(applied).toEqual(command ? [command] : [])
    if (command)
      expect(undone).toEqual([
        "usermod --uid 1000 --gid ada --groups sudo,web --comment 'Ada L' --home /home/ada --shell /bin/bash -- ada",
      ])
  })

  it.each<[string, Pick<UserOptions, 'password' | 'locked'>, string | undefined, string?]>([
    [hash, { password: new Secret(hash, 'same') }, undefined],
    [hash, { password: other }, 'password', '$6$other$hash'],
    [hash, { password: other, locked: true }, 'password, locked', '!$6$other$hash'],
    [hash, { locked: true }, 'locked', `!${hash}`],
    [hash, { locked: false }, undefined],
    [`!${hash}`, { locked: false }, 'unlocked', hash],
    [`!${hash}`, { locked: true }, undefined],
    [`!${hash}`, { password: new Secret(hash, 'same') }, undefined],
    [`!${hash}`, { password: other }, 'password', '!$6$other$hash'],
    ['!', { password: other }, 'password', '$6$other$hash'],
    ['!*', { password: other, locked: false }, 'password, unlocked', '$6$other$hash'],
    ['*', { locked: true }, undefined],
    ['!', { locked: true }, undefined],
    ['', { locked: true }, 'locked', '!'],
    ['', { locked: false }, undefined],
  ])('whose password is %j (case %#)', async (current, options, summary, after) => {
    const { change, applied, undone } = await played(user('ada', options), {
      [look]: there,
      [shadow]: `ada:${current}:20000:0:99999:7:::\n`,
    })
    expect(change?.summary).toBe(summary)
    expect((change as { hash?: string } | null)?.hash).toBe(after)
    expect(applied).toEqual(after === undefined ? [] : ['chpasswd --encrypted'])
    expect(undone.at(-1)).toBe(after === undefined ? undefined : 'chpasswd --encrypted')
  })

  it.each(['!', '*'])('without a password (%s) is not unlocked', async (current) => {
    const outputs = { [look]: there, [shadow]: `ada:${current}:1::::::\n` }
    expect(await refusal(() => played(user('ada', { locked: false }), outputs))).toMatch(
      /ada has no password, so there is nothing to unlock\nGive `password` too/,
    )
  })

  it('whose password cannot be read is an error', async () => {
    expect(await refusal(() => played(user('ada', { locked: true }), { [look]: there }))).toMatch(
      /the password of ada cannot be read\nOnly root can/,
    )
  })

  it('is removed, and its home folder stays', async () => {
    const task = user('ada', { state: 'absent' })
    const { change, applied } = await played(task, { [look]: there })
    expect([task.name, change?.summary, applied]).toEqual(['no user ada', 'remove, uid 1000', ['userdel -- ada']])
    expect((await played(task, { [look]: missing })).change).toBeNull()
  })

  it.each([
    ['test', 'test:x:1000:1000::/home/test:/bin/bash\n\n'],
    ['root', 'root:x:0:0::/root:/bin/bash\n\n'],
  ])('%s is not removed: the login of the host, or root', async (name, output) => {
    const outputs = { [look.replace('ada', name)]: output }
    expect(await refusal(() => played(user(name, { state: 'absent' }), outputs))).toContain('is not removed')
  })
})

it.each<[UserOptions, RegExp]>([
  [{ groups: ['adm', 'nowhere'] }, /there is no group nowhere/],
  [{ group: 'nowhere' }, /there is no group nowhere/],
  [{ shell: '/bin/zsh' }, /there is no shell \/bin\/zsh\nInstall it first/],
])('what %j needs may be made by an earlier task', async (options, reason) => {
  for (const output of [there, missing]) {
    const work = (): unknown => played(user('ada', options), { [look]: output, 'test -x /bin/zsh': { code: 1 } })
    expect(await refusal(work)).toMatch(reason)
    await expect(work()).rejects.toBeInstanceOf(MissingError)
  }
})

it.each<[string, object, RegExp]>([
  ['a b', {}, /'a b' is not a valid name of a user\nIt begins with/],
  ['ada', { uid: -5 }, /the uid -5 is not a whole number/],
  ['ada', { groups: ['a,b'] }, /'a,b' is not a valid name of a group/],
  ['ada', { group: '' }, /'' is not a valid name of a group/],
  ['ada', { shell: 'bash' }, /the shell 'bash' is not absolute/],
  ['ada', { home: '/home/../x' }, /the home '\/home\/..\/x' is not written plainly/],
  ['ada', { comment: 'a\nb' }, /the comment is not one line/],
  ['ada', { comment: 'a:b' }, /has a colon/],
  ['ada', { password: hash }, /the password is not a secret\nGive its hash as a secret/],
  ['ada', { password: new Secret('sesame', 'x') }, /^user ada: the password is not a hash\nGive its hash/],
  ['ada', { password: new Secret('$6$a:b', 'x') }, /the password is not a hash/],
])('the user %j is refused (case %#) when the task is made', async (name, options, reason) => {
  expect(await refusal(() => user(name, options as UserOptions))).toMatch(reason)
})
