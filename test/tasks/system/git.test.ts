import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { parseCheckout, parseRefs } from '../../../tasks/system/git-checkout.ts'
import { git, type GitOptions } from '../../../tasks/system/git.ts'
import { refusalOf } from './texts.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const repository = 'https://x.org/site.git'
const options: GitOptions = { repository, ref: 'v1' }
const head = (commit: string, more = ''): string => `repository ${repository}\ncommit ${commit}\n${more}`

interface Shown {
  place?: string
  checkout?: ScriptedOutput
  remote?: ScriptedOutput
}

/** What a command of git is, without the script around it. */
const plain = (command: string): string =>
  command
    .replace(/^sh -euc '[^]*?exec "\$@" <\/dev\/null' sh /, 'as ')
    .replace(/^as ''/, 'as -')
    .replace(/^sh -euc '[^]*?'\s*sh (?=\/)/, 'look at ')
    .replace(/ sh -euc '[^]*' sh /, ' read ')

const hostWith = ({ place = 'checkout\n', checkout = head(a), remote = `${b}\trefs/tags/v1\n` }: Shown): ScriptedHost =>
  new ScriptedHost((command) => {
    const short = plain(command)
    if (short.startsWith('look at')) return place
    if (/^as \S+ read/.test(short)) return checkout
    if (short.includes('ls-remote')) return remote
    return short.includes('cat-file') ? { code: 1 } : ''
  })

const changeOf = (shown: Shown, more: Partial<GitOptions> = {}): Promise<unknown> =>
  Promise.resolve(git('/srv/site', { ...options, ...more }).check(hostWith(shown).host)).catch(
    (error: Error) => `${error.name}: ${explain(error).join('\n')}`,
  )

describe('a checkout', () => {
  it.each<[string, Shown, Partial<GitOptions>, object | null]>([
    [
      'is new',
      { place: 'nothing\n' },
      {},
      {
        summary: `new, v1 of ${repository}`,
        before: '',
        after: `repository ${repository}\ncommit ${b}\n`,
        commit: b,
        previous: { kind: 'nothing', changes: [] },
      },
    ],
    ['fills an empty folder', { place: 'empty\n' }, {}, { summary: `new, v1 of ${repository}`, before: '' }],
    ['is at the tag', { checkout: head(b) }, {}, null],
    ['is at the commit, of which nobody need be asked', { remote: { code: 1 } }, { ref: a }, null],
    [
      'is at another commit',
      {},
      {},
      {
        summary: 'v1, commit bbbbbbbbbbbb',
        before: `repository ${repository}\ncommit ${a}\n`,
        after: `repository ${repository}\ncommit ${b}\n`,
      },
    ],
    [
      'is of another repository',
      { checkout: `repository y\ncommit ${b}\n` },
      {},
      { summary: `repository ${repository}` },
    ],
    [
      'has local changes that are thrown away',
      { checkout: head(b, 'change a b\n') },
      { force: true },
      { summary: 'without 1 local changes', before: `repository ${repository}\ncommit ${b}\nlocal change of a b\n` },
    ],
    ['is at a local commit that is left behind', { checkout: head(a, 'local yes\n') }, { force: true }, { commit: b }],
    ['is at a local commit, as it is told', { checkout: head(a, 'local yes\n') }, { ref: a }, null],
    [
      'has no commit yet',
      { checkout: `repository ${repository}\nbranch main\n` },
      {},
      { summary: 'v1, commit bbbbbbbbbbbb' },
    ],
  ])('%s', async (_, shown, more, change) => {
    const found = await changeOf(shown, more)
    if (change) expect(found).toMatchObject(change)
    else expect(found).toBeNull()
  })

  it.each<[string, Shown, Partial<GitOptions>, string]>([
    [
      'local changes',
      { checkout: head(b, 'change 1\nchange 2\nchange 3\nchange 4\nchange 5\nchange 6\n') },
      {},
      'UnsafeError: /srv/site has local changes: 1, 2, 3, 4, 5 and 1 more\n' +
        'Look at them: git -C /srv/site diff HEAD. Commit and push them, or let `force: true` throw them away.',
    ],
    [
      'a local commit',
      { checkout: head(a, 'local yes\n') },
      {},
      'UnsafeError: /srv/site is at a commit that the repository does not have: aaaaaaaaaaaa\n' +
        'Push it (git -C /srv/site log), or let `force: true` leave it behind.',
    ],
    [
      'a folder with other files',
      { place: 'folder\n' },
      {},
      'UnsafeError: /srv/site is a folder with files that are no checkout\n' +
        'Name a folder of its own, or move away what is there.',
    ],
    [
      'a file',
      { place: 'file\n' },
      {},
      'UnsafeError: /srv/site is a file\nName a folder of its own, or move away what is there.',
    ],
    [
      'no git',
      { place: 'missing git\nnothing\n' },
      {},
      "MissingError: the host has no git\nAn earlier task must install it: packages({ present: ['git'] }).",
    ],
    [
      'no user',
      { place: 'missing user\nnothing\n' },
      { user: 'deploy' },
      "MissingError: there is no user 'deploy' on the host\nIs the name right? An earlier task must make the user.",
    ],
    [
      'no folder',
      { place: 'missing folder\nnothing\n' },
      {},
      'MissingError: there is no folder for /srv/site\nAn earlier task must make it.',
    ],
    [
      'a folder of another user',
      { checkout: { code: 128, stderr: 'fatal: detected dubious ownership in repository' } },
      {},
      'UnsafeError: /srv/site belongs to another user than the one that git runs as\n' +
        "Name its owner: git('/srv/site', { …, user }). See: ls -ld /srv/site",
    ],
    [
      'a folder that is broken',
      { checkout: { code: 128, stderr: 'fatal: not a git repository' } },
      {},
      'CutoverError: git could not read /srv/site: fatal: not a git repository',
    ],
    [
      'no answer',
      { remote: { code: 128, stderr: 'Host key verification failed.\n' } },
      {},
      `MissingError: the repository ${repository} does not answer: Host key verification failed.\n` +
        'Is it right, does the host reach it, and does it let the user in who runs git (see the option user)?',
    ],
    [
      'no such tag',
      { remote: '' },
      {},
      `CutoverError: ${repository} has no branch and no tag 'v1'\nSee what there is: git ls-remote ${repository}`,
    ],
  ])('says that there is %s', async (_, shown, more, message) => {
    expect(await changeOf(shown, more)).toBe(message)
  })

  it('is made by git as its user, from the first look to the end', async () => {
    const host = hostWith({ place: 'nothing\n' })
    const task = git('/srv/site', { ...options, user: 'deploy' })
    const change = (await task.check(host.host))!
    await task.apply(host.host, change)
    await task.undo?.(host.host, change)
    expect(host.commands.map(plain)).toEqual([
      'look at /srv/site deploy',
      `as deploy git ls-remote -- ${repository} refs/heads/v1 'refs/heads/v1^{}' refs/tags/v1 'refs/tags/v1^{}'`,
      'mkdir -- /srv/site',
      'chown -- deploy: /srv/site',
      'as deploy git -C /srv/site -c init.defaultBranch=main init -q',
      `as deploy git -C /srv/site config remote.origin.url ${repository}`,
      "as deploy git -C /srv/site config --replace-all remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'",
      'as deploy git -C /srv/site fetch -q --force --tags origin',
      `as deploy git -C /srv/site cat-file -e '${b}^{commit}'`,
      `as deploy git -C /srv/site fetch -q origin ${b}`,
      `as deploy git -C /srv/site checkout -q --detach ${b}`,
      `as deploy git -C /srv/site update-ref refs/cutover/checkout ${b}`,
      'rm -rf -- /srv/site',
    ])
  })

  it('says what git says when it fails', async () => {
    const host = new ScriptedHost(() => ({ code: 128, stderr: 'fatal: no\n' }))
    const change = { summary: '', commit: b, previous: { kind: 'empty', changes: [] } }
    await expect(Promise.resolve(git('/srv/site', options).apply(host.host, change))).rejects.toThrow(
      'git -C /srv/site -c init.defaultBranch=main init -q ended with 128: fatal: no',
    )
  })

  it.each<[string, object, string[]]>([
    ['a folder that was empty', { kind: 'empty', changes: [] }, ['find /srv/site -mindepth 1 -delete']],
    ['a folder without a commit', { kind: 'checkout', changes: [] }, []],
    [
      'a branch of another repository',
      { kind: 'checkout', repository: 'y', commit: a, branch: 'main', changes: [] },
      ['as - git -C /srv/site config remote.origin.url y', 'as - git -C /srv/site checkout -q main'],
    ],
    ['a commit', { kind: 'checkout', commit: a, changes: [] }, [`as - git -C /srv/site checkout -q --detach ${a}`]],
  ])('is taken back to %s', async (_, previous, commands) => {
    const host = new ScriptedHost(() => '')
    await git('/srv/site', options).undo?.(host.host, { summary: '', commit: b, previous } as never)
    expect(host.commands.map(plain)).toEqual(commands)
  })

  it('whose local changes were thrown away cannot be taken back', async () => {
    const change = { summary: '', commit: b, previous: { kind: 'checkout', commit: a, changes: ['x'] } }
    const undo = Promise.resolve(git('/srv/site', options).undo?.(new ScriptedHost(() => '').host, change))
    await expect(undo).rejects.toThrow('the local changes of /srv/site were thrown away, and cannot be put back')
  })

  it.each<[string, Partial<GitOptions>, string]>([
    ['an option', { repository: '--upload-pack=x' }, "'--upload-pack=x' is not a repository"],
    ['a command', { repository: 'ext::sh -c x' }, "'ext::sh -c x' is not a repository"],
    ['a password', { repository: 'https://me:secret@x.org/a' }, 'the URL of the repository has a password in it'],
    ['a ref that is an option', { ref: '-f' }, "'-f' is not a tag, branch or commit"],
    ['no ref', { ref: '' }, "'' is not a tag, branch or commit"],
    ['a range', { ref: 'a..b' }, "'a..b' is not a tag, branch or commit"],
    ['an expression', { ref: 'HEAD~1' }, "'HEAD~1' is not a tag, branch or commit"],
    ['a user with a group', { user: 'a:b' }, "'a:b' is not the name of a user"],
  ])('refuses %s when it is made', (_, more, message) => {
    const said = refusalOf(() => git('/srv/site', { ...options, ...more }))
    expect(said.split('\n')[0]).toBe(`CutoverError: git /srv/site: ${message}`)
    expect(said.split('\n')).toHaveLength(2)
    expect(said).not.toContain('secret')
  })

  it('passes its handlers and tags on, and is called by its folder', () => {
    expect(git('/srv/site', { ...options, notify: [], tags: ['t'] })).toMatchObject({
      name: 'git /srv/site',
      notify: [],
      tags: ['t'],
    })
    expect(refusalOf(() => git('site', options))).toContain("the path 'site' is not absolute")
  })
})

it('what is checked out is read from lines', () => {
  expect(parseCheckout(`repository r x\nbranch main\ncommit ${a}\nlocal yes\nchange ä b\n`)).toEqual({
    kind: 'checkout',
    repository: 'r x',
    branch: 'main',
    commit: a,
    isLocal: true,
    changes: ['ä b'],
  })
})

describe('the commit of a ref', () => {
  const names = ['refs/heads/v1', 'refs/tags/v1']
  it.each([
    ['a branch', `${a}\trefs/heads/v1\n`, a],
    ['a tag', `${a}\trefs/tags/v1\n`, a],
    ['a tag with a message: what it is of', `${a}\trefs/tags/v1\n${b}\trefs/tags/v1^{}\n`, b],
    ['not one that ends alike', `${a}\trefs/heads/x/refs/heads/v1\n${b}\trefs/tags/v1\n`, b],
  ])('%s', (_, stdout, commit) => {
    expect(parseRefs(stdout, { names, ref: 'v1', repository })).toBe(commit)
  })

  it('is not guessed', () => {
    const both = `${a}\trefs/heads/v1\n${b}\trefs/tags/v1\n`
    expect(refusalOf(() => parseRefs(both, { names, ref: 'v1', repository }))).toBe(
      `CutoverError: ${repository} has a branch and a tag 'v1'\nWrite which one: refs/heads/v1 or refs/tags/v1.`,
    )
    expect(refusalOf(() => parseRefs('', { names, ref: 'abcdef1', repository }))).toBe(
      `CutoverError: ${repository} has no branch and no tag 'abcdef1'\n` +
        'If it is a commit, write all of its 40 digits: git rev-parse prints them.',
    )
  })
})
