import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { explain } from '../../runner/errors.ts'
import { openAgeFiles } from '../../runner/secret/age-files.ts'
import { encrypt } from '../../runner/secret/age.ts'
import type { SecretReference } from '../../runner/secret/reference.ts'
import { resolveSecret } from '../../runner/secret/resolve.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const key = join(folder, 'me/age.key')
const nasty = 'q"\'uote $HOME `id` %d \\ #'
const tool = (args: readonly string[], env: Record<string, string> = {}): { code: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs'),
      join(import.meta.dirname, '../../tools/secrets.ts'),
      ...args,
    ],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, CUTOVER_AGE_KEY_FILE: key, ...env } },
  )
  return { code: status, output: stdout + stderr }
}
afterAll(() => vi.unstubAllEnvs())
const value = (reference: SecretReference): string => resolveSecret(reference, 'KEY of shop', folder).reveal()
const refused = (reference: SecretReference): string => {
  try {
    value(reference)
  } catch (error) {
    return explain(error).join('\n')
  }
  throw new Error('it was taken')
}

it('a secret is what a command prints, without the newline at its end', () => {
  expect(value({ command: ['printf', 'x\\r\\n'] })).toBe('x')
  expect(value({ command: ['printf', '%s\\n', nasty] })).toBe(nasty)
})

it('a command that fails, prints nothing, or prints what is not UTF-8 gives no secret', () => {
  expect(refused({ command: ['false'] })).toBe(
    'the secret KEY of shop is missing: command false: Command failed: false',
  )
  expect(refused({ command: ['true'] })).toBe('the secret KEY of shop is empty (command true)')
  expect(refused({ command: ['printf', 'p\\344ss'] })).toMatch(/command printf: its output is .* UTF-8/)
})

describe('an age file, made and kept by tools/secrets.ts', { timeout: 60_000 }, () => {
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
    expect(refused({ age: 'secrets.age', key: 'shop' })).toContain('shop is a map or a list, not a single value')
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
      output: expect.stringContaining('what you wrote is not valid YAML') as string,
    })
    expect(tool(['edit', 'secrets.age'], { VISUAL: 'true' }).output).toContain('nothing changed')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('is opened by others once they are added, and by the new key after a rotation', () => {
    const other = { CUTOVER_AGE_KEY_FILE: join(folder, 'other.key') }
    const theirs = tool(['keygen'], other).output.trim().split('\n').at(-1)!
    expect(tool(['show', 'secrets.age'], other)).toMatchObject({
      code: 2,
      output: expect.stringContaining('cannot be decrypted') as string,
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
        join(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs'),
        join(import.meta.dirname, '../../tools/secrets.ts'),
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
    expect(explain(error).join('\n')).toMatch(/broken\.age: its decrypted content is not valid YAML, at line 2/)
    expect(explain(error).join('\n')).not.toContain('hunter2')
  })

  it.each([
    [['rotate', 'secrets.age', '--ad', 'x'], 'there is no option --ad'],
    [['show', 'nowhere.age'], 'there is no file nowhere.age'],
    [['rotate', 'secrets.age', '--add', 'age1nonsense'], "'age1nonsense' is not a valid age recipient"],
    [['rotate', 'secrets.age', '--remove', 'age1x'], 'age1x is not among those who can read'],
    [['encrypt', 'plain.yaml', 'secrets.age'], 'is there already'],
    [['keygen'], 'is there already'],
    [['decrypt', 'secrets.age'], "'decrypt secrets.age' is not a command of secrets"],
  ])('%j is refused', (args, message) => {
    expect(tool(args)).toMatchObject({ code: 2, output: expect.stringContaining(message) as string })
  })

  it('is age’s own format', () => {
    // Where the age program is installed, it opens the file too.
    if (spawnSync('age', ['--version']).error) return
    expect(execFileSync('age', ['-d', '-i', key, file], { encoding: 'utf8' })).toContain('more: 1')
  })
})
