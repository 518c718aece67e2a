import { afterEach, describe, expect, it, vi } from 'vitest'
import { explain, message, UnsafeError } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { repository, type RepositoryOptions } from '../../../tasks/system/repository.ts'
import { binary, other, signer } from './keys.ts'

afterEach(() => void vi.unstubAllGlobals())

const debian = { uris: 'https://deb.example.org/debian', suites: 'trixie', components: 'main' }
const sourcesPath = '/etc/apt/sources.list.d/lab.sources'
const keyPath = '/etc/apt/keyrings/lab.asc'
const sources = `Types: deb
URIs: https://deb.example.org/debian
Suites: trixie
Components: main
Signed-By: ${keyPath}
`

const attributes = '[mode 644, owner root:root]\n'

describe('what a host shows and the change', () => {
  it.each<[string, Record<string, ScriptedPath>, Partial<RepositoryOptions>, object | null]>([
    [
      'nothing',
      {},
      { key: signer.armored },
      {
        summary: `new, key ${signer.fingerprint}`,
        before: '',
        after: `${attributes}${sources}key ${signer.fingerprint}\n`,
        key: { armored: signer.armored },
      },
    ],
    ['the same', { [sourcesPath]: sources, [keyPath]: signer.armored }, { key: signer.armored }, null],
    [
      'another key',
      { [sourcesPath]: sources, [keyPath]: other.armored },
      { key: signer.armored, fingerprint: signer.fingerprint },
      {
        summary: `key ${signer.fingerprint}`,
        before: `key ${other.fingerprint}\n`,
        after: `key ${signer.fingerprint}\n`,
      },
    ],
    [
      'other sources, which only root may read',
      { [sourcesPath]: { content: sources, mode: '600' }, [keyPath]: signer.armored },
      { key: signer.armored },
      { summary: 'sources', before: `[mode 600]\nkey ${signer.fingerprint}\n`, key: null },
    ],
    [
      'something else as a key',
      { [sourcesPath]: sources, [keyPath]: 'x' },
      { key: signer.armored },
      { summary: `key ${signer.fingerprint}`, before: '', sources: null },
    ],
    [
      'nothing, and no key is named',
      {},
      { suites: ['a', 'b'], components: ['main', 'contrib'], architectures: ['amd64', 'arm64'] },
      {
        summary: 'new',
        after:
          attributes +
          'Types: deb\nURIs: https://deb.example.org/debian\nSuites: a b\nComponents: main contrib\nArchitectures: amd64 arm64\n',
        key: null,
      },
    ],
    [
      'nothing, and a person is to read why',
      {},
      { comment: 'for the lab' },
      {
        after: `${attributes}# for the lab\nTypes: deb\nURIs: https://deb.example.org/debian\nSuites: trixie\nComponents: main\n`,
      },
    ],
    [
      'nothing, and the suite is a path',
      {},
      { suites: './', components: undefined },
      { after: `${attributes}Types: deb\nURIs: https://deb.example.org/debian\nSuites: ./\n` },
    ],
  ])('%s', async (_, files, options, change) => {
    const found = await repository('lab', { ...debian, ...options }).check(new ScriptedHost({}, { files }).host)
    if (change === null) expect(found).toBeNull()
    else expect(found).toMatchObject(change)
  })
})

describe('a key that is fetched', () => {
  const url = 'https://deb.example.org/key'
  const answers = (body: string | Buffer, status = 200) => {
    const fetch = vi.fn(() => Promise.resolve(new Response(body, { status })))
    vi.stubGlobal('fetch', fetch)
    return fetch
  }
  const task = repository.bind(null, 'lab')
  const there = { [sourcesPath]: sources, [keyPath]: signer.armored }

  it('is fetched once for all hosts, and is written in one form', async () => {
    const fetch = answers(binary(signer.armored))
    const lab = task({ ...debian, key: new URL(url), fingerprint: signer.fingerprint })
    expect(await lab.check(new ScriptedHost().host)).toMatchObject({ key: { armored: signer.armored } })
    expect(await lab.check(new ScriptedHost({}, { files: there }).host)).toBeNull()
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it.each<[string, string | Buffer, number, string]>([
    ['has another fingerprint', other.armored, 200, `the key at ${url} has the fingerprint ${other.fingerprint}, not`],
    ['has one more key', `${signer.armored}${other.armored}`, 200, `${other.fingerprint}, not ${signer.fingerprint}`],
    ['is not found', '', 404, `this machine can't fetch the key at ${url}: HTTP 404`],
    ['is no key', '<html>', 200, `this machine can't fetch the key at ${url}: this is not an OpenPGP public key`],
  ])('that %s fails the check', async (_, body, status, expected) => {
    answers(body, status)
    const checked = Promise.resolve(
      task({ ...debian, key: url, fingerprint: signer.fingerprint }).check(new ScriptedHost().host),
    )
    await expect(checked).rejects.toThrow(expected)
  })

  it('that does not answer is not needed where the right one is, and is asked for again where it is not', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('fetch failed')))
    vi.stubGlobal('fetch', fetch)
    const lab = task({ ...debian, key: url, fingerprint: signer.fingerprint })
    expect(await lab.check(new ScriptedHost({}, { files: there }).host)).toBeNull()
    await expect(lab.check(new ScriptedHost().host)).rejects.toThrow(`can't fetch the key at ${url}: fetch failed`)
    const wrong = new ScriptedHost({}, { files: { ...there, [keyPath]: other.armored } })
    await expect(lab.check(wrong.host)).rejects.toThrow('fetch failed')
    expect(fetch).toHaveBeenCalledTimes(3)
  })
})

describe('the change and the commands', () => {
  const lab = repository('lab', { ...debian, key: signer.armored })
  const start =
    'env LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none apt-get -o DPkg::Lock::Timeout=300 update'
  const alone = `${start} -o Dir::Etc::sourcelist=${sourcesPath} -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any`
  async function applied(outputs: Record<string, ScriptedOutput>): Promise<[string[], string | null]> {
    const host = new ScriptedHost((command) => outputs[command] ?? '')
    const change = (await lab.check(host.host))!
    const error = await lab.apply(host.host, change).then(
      () => null,
      (thrown: unknown) => explain(thrown)[0] ?? '',
    )
    return [host.commands, error]
  }
  const writes = [
    '[ -d /etc/apt/keyrings ] || install -d -m 755 /etc/apt/keyrings',
    `write ${keyPath} 644 root:root`,
    `write ${sourcesPath} 644 root:root`,
  ]

  it('both files are written, and the lists are read: its own, and then all', async () => {
    expect(await applied({})).toEqual([[...writes, alone, start], null])
  })

  it('a failure of its own is one, and that of another repository is none', async () => {
    const unsigned = { stderr: 'E: The repository is not signed.', code: 100 }
    expect(await applied({ [alone]: unsigned })).toEqual([
      [...writes, alone],
      'a repository of the host is not signed by a key that apt knows',
    ])
    expect((await applied({ [start]: unsigned }))[1]).toBeNull()
  })

  it('two files for one repository are a failure', async () => {
    const stderr =
      'E: Conflicting values set for option Signed-By regarding source https://deb.example.org/debian/ trixie: /a != /b\nE: The list of sources could not be read.'
    expect((await applied({ [start]: { stderr, code: 100 } }))[1]).toBe(
      'two files name the repository https://deb.example.org/debian/, each with a key of its own',
    )
    const other = { stderr: 'E: Malformed entry\nE: The list of sources could not be read.', code: 100 }
    expect((await applied({ [start]: other }))[1]).toBe("apt can't read its sources with lab among them:")
  })

  it('undo puts back what was there', async () => {
    const undone = async (files: Record<string, ScriptedPath>): Promise<[string[], ScriptedHost]> => {
      const host = new ScriptedHost(() => '', { files })
      const change = (await lab.check(host.host))!
      await lab.apply(host.host, change)
      host.commands.length = 0
      await lab.undo?.(host.host, change)
      return [host.commands, host]
    }
    expect((await undone({}))[0]).toEqual([`rm -f -- ${sourcesPath}`, `rm -f -- ${keyPath}`])
    const previous = {
      [sourcesPath]: { content: 'a', mode: '640', owner: 'root:adm' },
      [keyPath]: { content: 'b', mode: '644', owner: 'root:root' },
    }
    const [, host] = await undone(previous)
    for (const [path, file] of Object.entries(previous)) expect(host.files.get(path)).toMatchObject(file)
    expect((await undone({ [sourcesPath]: 'a', [keyPath]: signer.armored }))[0]).toEqual([
      `write ${sourcesPath} 644 root:root`,
    ])
    expect(lab.undoOnFailure).toBe(true)
  })
})

it.each<[string, Partial<RepositoryOptions>, string]>([
  ['a/b', {}, "'a/b' is not a valid name of a repository"],
  ['lab', { uris: 'deb.example.org' }, "'deb.example.org' is not a URI"],
  ['lab', { uris: [] }, 'a repository needs a URI'],
  ['lab', { uris: 'https://a b' }, "'https://a b' is not valid in URIs"],
  ['lab', { suites: 'a\nTrusted: yes' }, 'is not valid in Suites'],
  ['lab', { suites: [] }, 'a repository needs suites'],
  ['lab', { suites: ['./', 'trixie'] }, 'a repository needs suites, or one path'],
  ['lab', { suites: './' }, 'the suite ./ is a path, and has no components'],
  ['lab', { components: undefined }, 'the suite trixie needs components'],
  ['lab', { fingerprint: signer.fingerprint }, 'there is a fingerprint, and no key'],
  ['lab', { key: signer.armored, fingerprint: 'FA294D98' }, "'FA294D98' is not the fingerprint of a key"],
  ['lab', { key: signer.armored, fingerprint: other.fingerprint }, `the key has the fingerprint ${signer.fingerprint}`],
  ['lab', { key: 'https://deb.example.org/key' }, 'the key at https://deb.example.org/key needs a fingerprint'],
  ['lab', { key: 'keys/lab.asc' }, "the key's path is not absolute: keys/lab.asc"],
  ['lab', { key: '/nowhere/lab.asc' }, "the key can't be read: ENOENT"],
  ['lab', { key: new URL('file:///nowhere/lab.asc') }, "the key can't be read: ENOENT"],
])('%s with %j is refused', (name, options, expected) => {
  expect(() => repository(name, { ...debian, ...options })).toThrow(expected)
})

it('a key of another fingerprint is unsafe, and is a failure in check mode too', () => {
  try {
    repository('lab', { ...debian, key: signer.armored, fingerprint: other.fingerprint })
  } catch (error) {
    expect([error instanceof UnsafeError, message(error)]).toEqual([true, expect.stringContaining('fingerprint')])
    return
  }
  throw new Error('it was not refused')
})
