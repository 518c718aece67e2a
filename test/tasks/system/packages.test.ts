import { describe, expect, it } from 'vitest'
import { explain, MissingError, UnsafeError } from '../../../runner/errors.ts'
import { action } from '../../../runner/task/action.ts'
import { type Script, ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { packages, type PackagesOptions } from '../../../tasks/system/packages.ts'
import { dpkgQuery, freshness, policy, policyOf } from './apt-commands.ts'

const simulate = (words: string): string => `env LC_ALL=C apt-get -s ${words}`
const installed = (name: string, version: string, want = 'install'): string =>
  `${name} amd64 installed ${want} ${version}\n`

describe('what a host shows and the change', () => {
  it.each<[string, PackagesOptions, Script, object | null]>([
    ['nothing is named', {}, {}, null],
    [
      'a version that fits',
      { present: ['nginx=1.22*'] },
      { [dpkgQuery('nginx')]: installed('nginx', '1.22.1-9') },
      null,
    ],
    [
      'another version',
      { present: { nginx: '1.22*' } },
      {
        [dpkgQuery('nginx')]: installed('nginx', '1.18.0'),
        [policy('nginx')]: policyOf({ nginx: ['1.18.0', '1.24', '1.22.1', '1.18.0'] }),
      },
      {
        summary: 'nginx 1.18.0 → 1.22*',
        before: 'nginx 1.18.0\n',
        after: 'nginx 1.22*\n',
        install: ['nginx=1.22*'],
        remove: [],
      },
    ],
    [
      'the newest is there',
      { latest: ['curl'] },
      {
        [dpkgQuery('curl')]: installed('curl', '8.1'),
        [freshness]: '',
        [policy('curl')]: policyOf({ curl: ['8.1', '8.1'] }),
      },
      null,
    ],
    [
      'a newer one, and one that is not there',
      { latest: ['curl', 'git'] },
      {
        [dpkgQuery('curl git')]: { stdout: installed('curl', '8.1'), code: 1 },
        [freshness]: '',
        [policy('curl')]: policyOf({ curl: ['8.1', '8.2', '8.1'] }),
        [policy('git')]: policyOf({ git: [null, '2.39'] }),
      },
      {
        summary: 'install git, curl 8.1 → 8.2',
        before: 'curl 8.1\n',
        after: 'curl 8.2\ngit\n',
        install: ['git', 'curl'],
      },
    ],
    ['what is absent already', { absent: ['vim'] }, { [dpkgQuery('vim')]: { code: 1 } }, null],
    [
      'a package that goes alone',
      { absent: ['vim'] },
      {
        [dpkgQuery('vim')]: installed('vim', '9.0'),
        [simulate('install --no-install-recommends vim-')]: 'Remv vim [9.0]\n',
      },
      { summary: 'remove vim', before: 'vim 9.0\n', after: '', install: [], remove: ['vim'] },
    ],
    [
      'a package that others may go with',
      { absent: ['vim'], alsoRemoves: ['vim-gtk'] },
      {
        [dpkgQuery('vim')]: installed('vim', '9.0'),
        [simulate('install --no-install-recommends vim-')]: 'Remv vim-gtk [9.0]\nRemv vim [9.0]\n',
      },
      { summary: 'remove vim, and with it vim-gtk', before: 'vim 9.0\nvim-gtk\n', remove: ['vim', 'vim-gtk'] },
    ],
    [
      'what nothing needs any more, but not what nothing needed before',
      { absent: ['vim'], autoremove: true },
      {
        [dpkgQuery('vim')]: installed('vim', '9.0'),
        [simulate('install --no-install-recommends vim-')]: 'Remv vim [9.0]\n',
        [simulate('autoremove')]: 'Remv linux-image-old [6.1]\n',
        [simulate('install --no-install-recommends --autoremove vim-')]:
          'Remv vim [9.0]\nRemv vim-runtime [9.0]\nRemv linux-image-old [6.1]\n',
      },
      { summary: 'remove vim, and with it vim-runtime', remove: ['vim', 'vim-runtime'] },
    ],
    [
      'one in the place of another',
      { present: ['postfix'], absent: ['exim4'] },
      {
        [dpkgQuery('postfix exim4')]: { stdout: installed('exim4', '4.96'), code: 1 },
        [policy('postfix')]: policyOf({ postfix: [null, '3.7'] }),
        [simulate('install --no-install-recommends postfix exim4-')]:
          'Remv exim4 [4.96]\nInst postfix (3.7 x [amd64])\n',
      },
      { summary: 'install postfix, remove exim4', install: ['postfix'], remove: ['exim4'] },
    ],
    [
      'what is to be held',
      { present: ['nginx'], hold: ['nginx'] },
      { [dpkgQuery('nginx')]: installed('nginx', '1.22') },
      { summary: 'hold nginx', after: 'nginx held\n', install: [], hold: ['nginx'], unhold: [] },
    ],
    ['what is held', { hold: ['nginx'] }, { [dpkgQuery('nginx')]: installed('nginx', '1.22', 'hold') }, null],
    [
      'what is held in another version',
      { present: ['nginx=1.24'], hold: ['nginx'] },
      {
        [dpkgQuery('nginx')]: installed('nginx', '1.22', 'hold'),
        [policy('nginx')]: policyOf({ nginx: ['1.22', '1.24', '1.22'] }),
      },
      { summary: 'nginx 1.22 → 1.24', install: ['nginx=1.24'], hold: [], unhold: ['nginx'] },
    ],
    [
      'an unknown package, with lists that are to be read again',
      { present: ['ngixn'] },
      { [dpkgQuery('ngixn')]: { code: 1 }, [policy('ngixn')]: '', [freshness]: { code: 1 } },
      { summary: 'install ngixn', install: ['ngixn'] },
    ],
  ])('%s', async (_, options, script, change) => {
    const found = await packages(options).check(new ScriptedHost(script).host)
    if (change === null) expect(found).toBeNull()
    else expect(found).toMatchObject(change)
  })
})

describe('a check fails', () => {
  it.each<[string, PackagesOptions, Script, typeof MissingError, string]>([
    [
      'for an unknown package',
      { present: ['ngixn', 'git=3*'] },
      {
        [dpkgQuery('ngixn git')]: { code: 1 },
        [policy('ngixn git')]: policyOf({ git: [null, '2.39'] }),
        [freshness]: '',
      },
      MissingError,
      'apt has no ngixn git=3*',
    ],
    [
      'for a package that is to be held and is not there',
      { hold: ['nginx'] },
      { [dpkgQuery('nginx')]: { code: 1 } },
      MissingError,
      "nginx can't be held, because it is not installed",
    ],
    [
      'if more would go than was named',
      { absent: ['vim'] },
      {
        [dpkgQuery('vim')]: installed('vim', '9.0'),
        [simulate('install --no-install-recommends vim-')]: 'Remv vim-gtk [9.0]\nRemv vim [9.0]\n',
      },
      UnsafeError,
      'to remove vim, apt would also have to remove vim-gtk',
    ],
    [
      'if another would come instead',
      { absent: ['exim4'] },
      {
        [dpkgQuery('exim4')]: installed('exim4', '4.96'),
        [simulate('install --no-install-recommends exim4-')]: 'Remv exim4 [4]\nInst postfix (3.7 x [amd64])\n',
      },
      UnsafeError,
      'to remove exim4, apt would install postfix instead',
    ],
  ])('%s', async (_, options, script, type, message) => {
    const checked = Promise.resolve(packages(options).check(new ScriptedHost(script).host))
    await expect(checked).rejects.toBeInstanceOf(type)
    await expect(checked).rejects.toThrow(message)
  })
})

describe('the change and the commands', () => {
  const change = { summary: '', install: [], remove: [], hold: [], unhold: [] }
  const apply = async (more: object, answer: (command: string) => ScriptedOutput): Promise<[string[], unknown]> => {
    const host = new ScriptedHost((command) => (command === freshness ? '' : answer(command)))
    const error: unknown = await packages({})
      .apply(host.host, { ...change, ...more })
      .then(
        () => null,
        (thrown: unknown) => explain(thrown)[0],
      )
    return [
      host.commands
        .filter((command) => command !== freshness && !command.startsWith('dpkg-query -W -f'))
        .map((command) => command.replace(/^env .* apt-get -o \S+/, 'apt-get')),
      error,
    ]
  }
  const keep = '-o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold'

  it('a hold alone needs no apt-get', async () => {
    expect(await apply({ hold: ['a', 'b'] }, () => '')).toEqual([['apt-mark hold a b'], null])
  })

  it('a package that is held is released for its change, and held again even if that fails', async () => {
    const install = `apt-get install -y --no-install-recommends --no-remove ${keep} a=1 b`
    const more = { install: ['a=1', 'b'], hold: ['b'], unhold: ['a'] }
    expect(await apply(more, () => '')).toEqual([
      ['apt-mark unhold a', install, 'apt-mark hold a', 'apt-mark hold b'],
      null,
    ])
    expect(
      await apply(more, (command) =>
        command.startsWith('env') ? { stderr: 'E: No space left on device', code: 100 } : '',
      ),
    ).toEqual([['apt-mark unhold a', install, 'apt-mark hold a'], 'the disk is full'])
  })
})

describe('an undo', () => {
  const dpkg = 'dpkg amd64 installed 1.21\n'
  const all = "dpkg-query -W -f '${Package} ${Architecture} ${db:Status-Status} ${Version}\\n'"
  /** The commands of the undo of an apply that finds and leaves these packages, and what goes wrong in it. */
  async function undone(options: PackagesOptions, before: string, after: string, applied = true) {
    let there = dpkg + before
    const host = new ScriptedHost((command) =>
      command === all
        ? there
        : command === 'apt-mark showauto'
          ? 'dpkg\nlibnew\nlibold\n'
          : command.startsWith('env LC_ALL=C apt-get -s')
            ? [...command.matchAll(/(\S+)-(?= |$)/g)].map(([, name]) => `Remv ${name} [1]`).join('\n')
            : '',
    )
    const task = packages(options)
    const change = {
      summary: '',
      install: [...(options.present as string[])],
      remove: [],
      hold: [...(options.hold ?? [])],
      unhold: [],
    }
    if (applied) await task.apply(host.host, change)
    there = dpkg + after
    const since = host.commands.length
    const error: unknown = await Promise.resolve(task.undo?.(host.host, change)).then(
      () => null,
      (thrown: unknown) => explain(thrown)[0],
    )
    const removed = host.commands
      .slice(since)
      .flatMap((command) => / (?:install -y .*-o DPkg::Options::=--force-confold) (.*)$/.exec(command)?.[1] ?? [])
    return { removed, error, unheld: host.commands.slice(since).filter((command) => command.includes('unhold')) }
  }
  const line = (name: string, version = '1', status = 'installed', architecture = 'amd64'): string =>
    `${name} ${architecture} ${status} ${version}\n`

  it('removes what was not there, and what apt installed for it, also a half of it', async () => {
    const before = line('libold') + line('gone', '1', 'config-files')
    const after =
      before +
      line('new', '1', 'half-configured', 'all') +
      line('libnew') +
      line('libnew', '1', 'unpacked', 'i386') +
      line('theirs')
    expect(await undone({ present: ['new=1', 'libold'] }, before, after)).toEqual({
      removed: ['new- libnew-'],
      error: null,
      unheld: [],
    })
    expect((await undone({ present: ['libnew:i386'] }, before, after)).removed).toEqual(['libnew- libnew:i386-'])
    expect((await undone({ present: ['gone'] }, before, line('gone'))).removed).toEqual(['gone-'])
  })

  it('leaves what was there, and says so of one that got another version', async () => {
    expect(await undone({ present: ['libold=2'] }, line('libold'), line('libold', '2'))).toEqual({
      removed: [],
      error: 'the version of a package is not taken back: libold 2 (before: 1)',
      unheld: [],
    })
  })

  it('takes a hold back, and does nothing where nothing was applied', async () => {
    const unheld = ['apt-mark unhold libold']
    expect(await undone({ present: [], hold: ['libold'] }, line('libold'), line('libold'))).toEqual({
      removed: [],
      error: null,
      unheld,
    })
    expect(await undone({ present: ['new'] }, '', line('new'), false)).toEqual({ removed: [], error: null, unheld: [] })
  })

  it('is for tasks that only install and hold', () => {
    expect(packages({ present: ['a'], absent: ['b'] }).undo).toBeUndefined()
    expect(packages({ latest: ['a'] }).undo).toBeUndefined()
  })
})

it.each<[PackagesOptions, string]>([
  [{ present: ['a'], absent: ['a'] }, 'the package a is named twice'],
  [{ present: ['a=1'], latest: ['a'] }, 'the package a is named twice'],
  [{ present: ['a=1', 'a=2'] }, 'the package a is named twice'],
  [{ hold: ['a'], absent: ['a'] }, 'the package a is named twice'],
  [{ hold: ['a'], latest: ['a'] }, 'the package a is named twice'],
  [{ absent: ['a=1'] }, 'absent: a has a version, 1'],
  [{ alsoRemoves: ['A'] }, "'A' is not a valid package name"],
])('%j is refused', (options, message) => {
  expect(() => packages(options)).toThrow(message)
})

it('its name has all lists, and it takes what every task takes', () => {
  const restart = action('restart', async () => undefined)
  const task = packages({
    ...{ present: ['a', 'b=1'], latest: ['c'], absent: ['d', 'e'], hold: ['a'] },
    ...{ notify: [restart], tags: ['base'] },
  })
  expect(task).toMatchObject({
    name: 'packages a b=1, latest c, absent d e, hold a',
    notify: [restart],
    tags: ['base'],
  })
  expect(packages({ absent: ['d'] }).name).toBe('packages absent d')
})
