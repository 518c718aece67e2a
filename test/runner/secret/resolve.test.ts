import { mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { openAgeFiles } from '../../../runner/secret/age-files.ts'
import { encrypt, makeIdentity } from '../../../runner/secret/age.ts'
import type { SecretReference } from '../../../runner/secret/reference.ts'
import { resolveSecret } from '../../../runner/secret/resolve.ts'

const { execFileSync } = vi.hoisted(() => ({ execFileSync: vi.fn() }))
vi.mock('node:child_process', () => ({ execFileSync }))

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const value = (reference: SecretReference): string => resolveSecret(reference, 'KEY of shop', folder).reveal()
const refused = (reference: SecretReference): string[] => {
  try {
    value(reference)
  } catch (error) {
    return explain(error)
  }
  throw new Error('the secret was taken')
}
const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content)

beforeEach(() => {
  execFileSync.mockReset()
})
afterEach(() => vi.unstubAllEnvs())

describe('a secret', () => {
  it.each(['q"\'uote $HOME `id` %d \\ #', 'with a newline at its end\n'])(
    'of the environment is exactly the variable’s value: %j',
    (text) => {
      vi.stubEnv('SENTINEL', text)
      expect(value({ env: 'SENTINEL' })).toBe(text)
    },
  )

  it.each([
    ['x', 'x'],
    ['x\n', 'x'],
    ['x\r\n', 'x'],
    [' x \n', ' x '],
    ['x\n\n', 'x\n\n'],
    ['one\ntwo\n', 'one\ntwo\n'],
    ['one\ntwo', 'one\ntwo'],
  ])('in a file of a single line ends before the newline, and is exact otherwise: %j', (content, text) => {
    write('file', content)
    expect(value({ file: 'file' })).toBe(text)
  })

  it('is what a command prints; its questions and errors go to the terminal', () => {
    execFileSync.mockReturnValue(Buffer.from('x\n'))
    expect(value({ command: ['pass', 'show', 'shop/mail'] })).toBe('x')
    expect(execFileSync.mock.calls).toEqual([
      ['pass', ['show', 'shop/mail'], { stdio: ['inherit', 'pipe', 'inherit'] }],
    ])
  })

  it('is a line of a dotenv file', () => {
    write('.env', 'A=plain\nB=abc#def\n')
    expect(value({ dotenv: '.env', key: 'B' })).toBe('abc#def')
  })

  it('may be in a file by an absolute path, or below the home directory', () => {
    write('absolute', 'x')
    expect(value({ file: join(folder, 'absolute') })).toBe('x')
    expect(refused({ file: '~/nowhere/at all' })).toEqual([
      `the secret KEY of shop is missing: file ~/nowhere/at all: ENOENT: no such file or directory, open '${homedir()}/nowhere/at all'`,
    ])
  })

  it('bears its label', () => {
    vi.stubEnv('SENTINEL', 'x')
    expect(resolveSecret({ env: 'SENTINEL' }, 'KEY of shop', folder).label).toBe('KEY of shop')
  })
})

describe('a reference that gives no secret is refused in full', () => {
  it.each<[SecretReference, string[]]>([
    [
      { env: 'NOT_THERE' },
      [
        'the secret KEY of shop is missing: the environment has no NOT_THERE',
        'Set it for this run: read -rs NOT_THERE; export NOT_THERE',
      ],
    ],
    [
      { dotenv: 'shop.env', key: 'AA' },
      ['the secret KEY of shop is missing: AA of shop.env: it has no AA', "Did you mean 'A'? There are: A."],
    ],
    [{ file: 'empty' }, ['the secret KEY of shop is empty (file empty)']],
    [{ dotenv: 'shop.env', key: 'A' }, ['the secret KEY of shop is empty (A of shop.env)']],
    [{ command: ['true'] }, ['the secret KEY of shop is empty (command true)']],
    [{ age: 'closed.age', key: 'a' }, ['the secret KEY of shop is missing: a of closed.age: it has no a']],
  ])('%j', (reference, lines) => {
    write('shop.env', 'A=\n')
    write('empty', '\n')
    execFileSync.mockReturnValue(Buffer.from(''))
    expect(refused(reference)).toEqual(lines)
  })

  it('an empty environment variable', () => {
    vi.stubEnv('EMPTY', '')
    expect(refused({ env: 'EMPTY' })).toEqual(['the secret KEY of shop is empty (environment EMPTY)'])
  })

  it('a command that fails, with only the first line of its error', () => {
    execFileSync.mockImplementation(() => {
      throw new Error('Command failed: pass\nsomething secret')
    })
    expect(refused({ command: ['pass'] })).toEqual([
      'the secret KEY of shop is missing: command pass: Command failed: pass',
    ])
  })

  it('bytes that are not UTF-8', () => {
    const latin = Buffer.from('PW=p\xe4ss\n', 'latin1')
    write('latin', latin)
    expect(refused({ file: 'latin' })[0]).toMatch(
      /^the secret KEY of shop is missing: file latin: .*latin is not valid UTF-8 text$/,
    )
    expect(refused({ file: 'latin' })[1]).toMatch(/iconv/)
    execFileSync.mockReturnValue(latin)
    expect(refused({ command: ['cat'] })[0]).toMatch(/missing: command cat: its output is not valid UTF-8 text$/)
    vi.stubEnv('SENTINEL', 'p\ufffdss')
    expect(refused({ env: 'SENTINEL' })).toEqual([
      'the secret KEY of shop (environment SENTINEL) is not valid UTF-8 text',
      'Use another source for it: { file: PATH }.',
    ])
  })
})

describe('a secret of an age file', async () => {
  const identityFile = join(folder, 'me/age.key')
  const recipient = await makeIdentity(identityFile)
  const open = async (name: string, content: string): Promise<void> => {
    vi.stubEnv('CUTOVER_AGE_KEY', undefined)
    vi.stubEnv('CUTOVER_AGE_KEY_FILE', identityFile)
    write(name, await encrypt(content, [recipient]))
    await openAgeFiles([{ deep: [{ age: name, key: 'any' }] }, { env: 'OTHER' }, null, 'text'], folder)
  }

  it('is a value of its YAML, as the text that was written', async () => {
    await open(
      'secrets.age',
      'shop:\n  key: plain\n  "dotted.key": 7\n"top.key": x\nzeros: 012345\nhalf: 1.50\nhex: 0x1F\nyes: yes\nlines: "two\\nlines"\n',
    )
    const at = (key: string): string => value({ age: 'secrets.age', key })
    expect(['shop.key', 'top.key', 'zeros', 'half', 'hex', 'yes', 'lines'].map(at)).toEqual([
      'plain',
      'x',
      '012345',
      '1.50',
      '0x1F',
      'yes',
      'two\nlines',
    ])
    expect(refused({ age: 'secrets.age', key: 'shop.kye' })).toEqual([
      'the secret KEY of shop is missing: shop.kye of secrets.age: it has no shop.kye',
      "Did you mean 'key'? There are: key, dotted.key.",
    ])
    expect(refused({ age: 'secrets.age', key: 'shop.key.more' })).toEqual([
      'the secret KEY of shop is missing: shop.key.more of secrets.age: it has no shop.key.more',
    ])
    expect(refused({ age: 'secrets.age', key: 'shop' })).toEqual([
      'the secret KEY of shop is missing: shop of secrets.age: shop is a map or a list, not a single value',
    ])
  })

  it('is decrypted once', async () => {
    await open('once.age', 'a: first\n')
    await open('once.age', 'a: second\n')
    expect(value({ age: 'once.age', key: 'a' })).toBe('first')
  })

  it('is not quoted when it is not YAML', async () => {
    const failure = async (name: string, content: string): Promise<string[]> =>
      open(name, content).then(() => [], explain)
    expect(await failure('broken.age', 'a: 1\nDB: pass: hunter2-really-secret\n')).toEqual([
      `${folder}/broken.age: its decrypted content is not valid YAML, at line 2`,
      `Fix it: npx tsx tools/secrets.ts edit ${folder}/broken.age`,
    ])
    expect(await failure('alias.age', 'a: *nothing\n')).toEqual([
      `${folder}/alias.age: its decrypted content is not valid YAML`,
    ])
  })
})
