import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { encrypt } from '../../../runner/secret/age.ts'
import { openAgeFiles, resolveSecret, type SecretReference } from '../../../runner/secret/reference.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const key = join(folder, 'me/age.key')
const nasty = 'q"\'uote $HOME `id` %d \\ #'
const tool = (args: readonly string[], env: Record<string, string> = {}): { code: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, '../../../node_modules/tsx/dist/loader.mjs'),
      join(import.meta.dirname, '../../../tools/secrets.ts'),
      ...args,
    ],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, CUTOVER_AGE_KEY_FILE: key, ...env } },
  )
  return { code: status, output: stdout + stderr }
}
const value = (reference: SecretReference): string => resolveSecret(reference, 'KEY of shop', folder).reveal()
const refused = (reference: SecretReference): string => {
  try {
    value(reference)
  } catch (error) {
    return explain(error).join('\n')
  }
  throw new Error('it was taken')
}

describe('a secret’s reference', () => {
  it('that is no UTF-8 is refused, and not given with other signs in it', () => {
    writeFileSync(join(folder, 'latin'), Buffer.from([0x70, 0xe4, 0x73, 0x73]))
    writeFileSync(join(folder, 'latin.env'), Buffer.from('PW=p\xe4ss\n', 'latin1'))
    expect(refused({ file: 'latin' })).toMatch(
      /KEY of shop is missing: file latin: .*latin is not valid UTF-8 text\n.*iconv/,
    )
    expect(refused({ dotenv: 'latin.env', key: 'PW' })).toContain('latin.env is not valid UTF-8 text')
    expect(refused({ command: ['cat', join(folder, 'latin')] })).toContain('its output is not valid UTF-8 text')
    // As Node gives what it can't read in the environment.
    vi.stubEnv('SENTINEL', 'p\ufffdss')
    expect(refused({ env: 'SENTINEL' })).toContain('the secret KEY of shop (environment SENTINEL) is no text in UTF-8')
  })

  it('is an environment variable, a file, a command’s output, or a line of a dotenv file', () => {
    vi.stubEnv('SENTINEL', nasty)
    writeFileSync(join(folder, 'file'), `${nasty}\n`)
    writeFileSync(join(folder, '.env'), '# these: don’t\nA=plain\nB=abc#def%@:/?\n')
    expect(value({ env: 'SENTINEL' })).toBe(nasty)
    writeFileSync(join(folder, 'pem'), 'one\ntwo\n')
    expect(value({ file: 'pem' })).toBe('one\ntwo\n')
    expect(value({ command: ['printf', 'x\r\n'] })).toBe('x')
    expect(value({ file: 'file' })).toBe(nasty)
    expect(value({ command: ['printf', '%s\n', nasty] })).toBe(nasty)
    expect(value({ dotenv: '.env', key: 'A' })).toBe('plain')
    expect(value({ dotenv: '.env', key: 'B' })).toBe('abc#def%@:/?')
  })

  it.each<[SecretReference, string]>([
    [
      { env: 'NOT_THERE' },
      'the secret KEY of shop is missing: the environment has no NOT_THERE\nSet it for this run: read -rs NOT_THERE; export NOT_THERE',
    ],
    [{ file: 'nowhere' }, 'the secret KEY of shop is missing: file nowhere: ENOENT'],
    [{ command: ['false'] }, 'the secret KEY of shop is missing: command false: Command failed'],
    [{ command: ['true'] }, 'the secret KEY of shop is empty (command true)'],
    [{ dotenv: '.env', key: 'AA' }, "the secret KEY of shop is missing: AA of .env: it has no AA\nDid you mean 'A'?"],
  ])('%j that gives nothing says so', (reference, message) => {
    expect(refused(reference)).toContain(message)
  })
})

describe('an age file', { timeout: 60_000 }, () => {
  const file = join(folder, 'secrets.age')
  // What YAML reads as another value.
  const odd = {
    zeros: '012345',
    half: '1.50',
    long: '12345678901234567890',
    power: '1e5',
    hex: '0x1F',
    yes: 'yes',
    truth: 'true',
    day: '2026-01-01',
  }
  let recipient: string
  beforeAll(() => {
    recipient = tool(['keygen']).output.trim().split('\n').at(-1)!
    writeFileSync(
      join(folder, 'plain.yaml'),
      `shop:\n  key: ${JSON.stringify(nasty)}\n  "dotted.key": 7\ntop: "two\\nlines"\n${Object.entries(odd)
        .map(([name, text]) => `${name}: ${text}\n`)
        .join('')}`,
    )
  })

  it('is made by secrets encrypt, for oneself and others, and read back', async () => {
    expect(recipient).toMatch(/^age1/)
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(tool(['encrypt', 'plain.yaml', 'secrets.age'])).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    expect(readFileSync(`${file}.recipients`, 'utf8')).toContain(recipient)
    vi.stubEnv('CUTOVER_AGE_KEY_FILE', key)
    await openAgeFiles([{ deep: [{ age: 'secrets.age', key: 'top' }] }], folder)
    expect(value({ age: 'secrets.age', key: 'shop.key' })).toBe(nasty)
    expect(value({ age: 'secrets.age', key: 'top' })).toBe('two\nlines')
    for (const [name, text] of Object.entries(odd)) expect(value({ age: 'secrets.age', key: name })).toBe(text)
    expect(refused({ age: 'secrets.age', key: 'shop.kye' })).toMatch(
      /KEY of shop is missing: shop\.kye of secrets\.age: it has no shop\.kye\nDid you mean 'key'/,
    )
    expect(refused({ age: 'secrets.age', key: 'shop' })).toContain('shop is no single value')
  })

  it('is edited, and left as it was when that goes wrong', () => {
    const editor = join(folder, 'editor')
    writeFileSync(
      editor,
      '#!/bin/sh\n[ "$(stat -c %a "$1")" = 600 ] && echo "more: 1" >>"$1"\necho "$1" >"$(dirname "$0")/seen"\n',
    )
    chmodSync(editor, 0o755)
    expect(tool(['edit', 'secrets.age'], { EDITOR: editor, VISUAL: editor })).toMatchObject({ code: 0 })
    expect(tool(['show', 'secrets.age']).output).toContain('more: 1')
    expect(existsSync(readFileSync(join(folder, 'seen'), 'utf8').trim())).toBe(false)
    const before = readFileSync(file, 'utf8')
    expect(tool(['edit', 'secrets.age'], { VISUAL: 'false' })).toMatchObject({
      code: 2,
      output: expect.stringContaining('the editor (false) ended with 1: nothing is changed') as string,
    })
    expect(tool(['edit', 'secrets.age'], { VISUAL: 'sh -c \'echo "[" >"$1"\' sh' })).toMatchObject({
      code: 2,
      output: expect.stringContaining('what you wrote is no YAML') as string,
    })
    expect(tool(['edit', 'secrets.age'], { VISUAL: 'true' }).output).toContain('nothing changed')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('is opened by others once they are added, and by the new key after a rotation', () => {
    const other = { CUTOVER_AGE_KEY_FILE: join(folder, 'other.key') }
    const theirs = tool(['keygen'], other).output.trim().split('\n').at(-1)!
    expect(tool(['show', 'secrets.age'], other)).toMatchObject({
      code: 2,
      output: expect.stringContaining("can't be decrypted") as string,
    })
    expect(tool(['rotate', 'secrets.age', '--add', theirs])).toMatchObject({
      code: 0,
      output: expect.stringContaining('for 2.') as string,
    })
    expect(tool(['show', 'secrets.age'], other).output).toContain('more: 1')
    expect(tool(['rotate', 'secrets.age', '--remove', theirs, '--new-key'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('for 1.') as string,
    })
    expect(tool(['show', 'secrets.age'], other).code).toBe(2)
    expect(tool(['show', 'secrets.age']).output).toContain('more: 1')
    const identities = readFileSync(key, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('AGE-SECRET-KEY'))
    expect(identities).toHaveLength(2)
    expect(
      tool(['show', 'secrets.age'], { CUTOVER_AGE_KEY_FILE: '/nowhere', CUTOVER_AGE_KEY: identities[1]! }).code,
    ).toBe(2)
    expect(
      tool(['show', 'secrets.age'], { CUTOVER_AGE_KEY_FILE: '/nowhere', CUTOVER_AGE_KEY: readFileSync(key, 'utf8') })
        .code,
    ).toBe(0)
  })

  it('loses no file that an older key opens, and no reader', () => {
    expect(tool(['encrypt', 'plain.yaml', 'second.age'])).toMatchObject({ code: 0 })
    const before = readFileSync(key, 'utf8')
    expect(tool(['rotate', 'secrets.age', '--new-key', '--add', 'age1nonsense']).code).toBe(2)
    expect(readFileSync(key, 'utf8')).toBe(before)
    expect(tool(['rotate', 'secrets.age', '--new-key']).code).toBe(0)
    expect(tool(['rotate', 'secrets.age', '--new-key']).code).toBe(0)
    expect(tool(['show', 'second.age']).code).toBe(0)
    expect(tool(['rotate', 'second.age'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('for 1.') as string,
    })
    rmSync(join(folder, 'second.age.recipients'))
    for (const command of [
      ['rotate', 'second.age'],
      ['edit', 'second.age'],
    ])
      expect(tool(command, { VISUAL: 'false' })).toMatchObject({
        code: 2,
        output: expect.stringContaining('second.age.recipients is missing or empty') as string,
      })
  })

  it('leaves no plain text when the terminal is closed on the editor', async () => {
    const seen = join(folder, 'seen')
    const child = spawn(
      process.execPath,
      [
        '--import',
        join(import.meta.dirname, '../../../node_modules/tsx/dist/loader.mjs'),
        join(import.meta.dirname, '../../../tools/secrets.ts'),
        'edit',
        'secrets.age',
      ],
      {
        cwd: folder,
        stdio: 'ignore',
        env: {
          ...process.env,
          CUTOVER_AGE_KEY_FILE: key,
          VISUAL: `sh -c 'echo "$1" >${seen}.new; mv ${seen}.new ${seen}; sleep 1' sh`,
        },
      },
    )
    rmSync(seen, { force: true })
    while (!existsSync(seen)) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGHUP')
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130)
    expect(existsSync(readFileSync(seen, 'utf8').trim())).toBe(false)
  })

  it('is not quoted when it is no YAML', async () => {
    const text = await encrypt('a: 1\nDB: pass: hunter2-really-secret\n', [recipient])
    writeFileSync(join(folder, 'broken.age'), text)
    const error = await openAgeFiles([{ age: 'broken.age', key: 'DB' }], folder).catch((caught: unknown) => caught)
    expect(explain(error).join('\n')).toMatch(/broken\.age: what is encrypted in it is no YAML, at line 2/)
    expect(explain(error).join('\n')).not.toContain('hunter2')
  })

  it.each([
    [['rotate', 'secrets.age', '--ad', 'x'], "Unknown option '--ad'"],
    [['show', 'nowhere.age'], 'there is no file nowhere.age'],
    [['rotate', 'secrets.age', '--add', 'age1nonsense'], "'age1nonsense' is no age recipient"],
    [['rotate', 'secrets.age', '--remove', 'age1x'], 'age1x is not among those who can read'],
    [['encrypt', 'plain.yaml', 'secrets.age'], 'is there already'],
    [['keygen'], 'is there already'],
    [['decrypt', 'secrets.age'], "'decrypt secrets.age' is no command of it"],
  ])('%j is refused', (args, message) => {
    expect(tool(args)).toMatchObject({ code: 2, output: expect.stringContaining(message) as string })
  })

  it('is age’s own format', () => {
    // Where the age program is installed, it opens the file too.
    if (spawnSync('age', ['--version']).error) return
    expect(execFileSync('age', ['-d', '-i', key, file], { encoding: 'utf8' })).toContain('more: 1')
  })
})
