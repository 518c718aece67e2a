import { createHash } from 'node:crypto'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CutoverError, UnreachableError } from '../../../runner/errors.ts'
import { readFile, readFileState, uploadFile, writeFile, type WriteOptions } from '../../../runner/host/files.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { type FakeChannel, until } from '../connection/fake-channel.ts'
import { newFolder } from '../connection/keys.ts'
import { fakeSession } from './fake-session.ts'

const readCommand = "[ -e '/a b' ] || exit 44; cat -- '/a b'"

it.each([
  ['a file', { stdout: 'x\n' }, 'x\n'],
  ['no file', { code: 44 }, null],
])('%s is read', async (_, output, content) => {
  const host = new ScriptedHost({ [readCommand]: output })
  expect(await readFile(host.host.$, '/a b')).toBe(content)
})

it('a file that cannot be read is an error', async () => {
  const host = new ScriptedHost({ [readCommand]: { code: 1 } })
  await expect(readFile(host.host.$, '/a b')).rejects.toMatchObject({ exitCode: 1 })
})

const stateCommand = "if [ -f /a ]; then stat -c '%a %U:%G' -- /a; cat -- /a; fi"
const digestCommand = "if [ -f /a ]; then stat -c '%a %U:%G' -- /a; sha256sum </a | cut -d ' ' -f 1 | tr -d '\\n'; fi"

it.each([
  ['its content', {}, stateCommand, '644 root:www\nx\ny\n', { mode: '644', owner: 'root:www', content: 'x\ny\n' }],
  ['an empty content', {}, stateCommand, '600 a:b\n', { mode: '600', owner: 'a:b', content: '' }],
  ['its digest', { digest: true }, digestCommand, '644 a:b\nabc', { mode: '644', owner: 'a:b', content: 'abc' }],
  ['nothing, if there is no file', {}, stateCommand, '', null],
])('the state of a file has mode, owner and %s', async (_, options, command, stdout, state) => {
  const host = new ScriptedHost({ [command]: stdout })
  expect(await readFileState(host.host.$, '/a', options)).toEqual(state)
})

/** The lines of the script that writes a file. */
async function script(content: string | Buffer | Secret, options?: WriteOptions): Promise<string[]> {
  const host = new ScriptedHost(() => '')
  await writeFile(host.host.$, '/etc/app/a.conf', content, options)
  return host.commands.flatMap((command) => command.split('\n').map((line) => line.trim()))
}

it('a file is written beside its place, checked, and renamed', async () => {
  expect(await script('tü')).toEqual([
    'umask 077',
    'temporary=$(mktemp /etc/app/.a.conf.XXXXXX)',
    `trap 'rm -f "$temporary"' EXIT`,
    "trap 'exit 143' TERM HUP INT",
    'cat >"$temporary"',
    '[ "$(wc -c <"$temporary")" -eq 3 ]',
    'chmod 644 "$temporary"',
    ': "$temporary"',
    'sync "$temporary"',
    'mv -f -- "$temporary" /etc/app/a.conf',
  ])
})

it.each([
  ['a secret', new Secret('x', 'x'), undefined, ['chmod 600 "$temporary"', ': "$temporary"']],
  ['a secret with a mode', new Secret('x', 'x'), { mode: '640' }, ['chmod 640 "$temporary"', ': "$temporary"']],
  ['an owner', 'x', { owner: 'a:b' }, ['chmod 644 "$temporary"', 'chown a:b "$temporary"']],
])('mode and owner are set first: %s', async (_, content, options, lines) => {
  expect((await script(content, options)).slice(6, 8)).toEqual(lines)
})

it('the temporary file may be in another folder', async () => {
  expect((await script('x', { staging: '/srv' }))[1]).toBe('temporary=$(mktemp /srv/.a.conf.XXXXXX)')
})

/** An upload that has begun. `content`: a text, or a number of zero bytes. `breaks`: the host takes nothing of it. */
async function uploading(
  content: string | number,
  { signal, breaks, ...options }: WriteOptions & { signal?: AbortSignal; breaks?: true } = {},
): Promise<{ channel: FakeChannel; uploaded: Promise<void>; told: string[] }> {
  const file = join(newFolder(), 'file')
  writeFileSync(file, typeof content === 'string' ? content : '')
  if (typeof content === 'number') truncateSync(file, content)
  const { session, connection } = fakeSession()
  const open = connection.open
  connection.open = async (script) => {
    const channel = await open(script)
    if (breaks) channel.stdin.on('pipe', () => channel.stdin.destroy(new Error('EPIPE')))
    return channel
  }
  const told: string[] = []
  const onProgress = (text: string): void => void told.push(text)
  const uploaded = uploadFile({ name: 'web-1', session: () => session, signal, onProgress }, file, "/it's/a b", options)
  uploaded.catch(() => undefined)
  await until(() => connection.channels.length > 0)
  return { channel: connection.channels[0]!, uploaded, told }
}

const sent = ({ stdin }: FakeChannel): Promise<void> => until(() => stdin.readableEnded)

describe('an uploaded file', () => {
  const digest = createHash('sha256').update('tü\n').digest('hex')
  const lines = ({ command }: FakeChannel): string[] => command.split('\n').map((line) => line.trim())

  it('goes beside its place, is compared, and renamed', async () => {
    const { channel, uploaded, told } = await uploading('tü\n')
    expect(lines(channel)).toEqual([
      'set -eu; umask 077',
      "temporary=$(mktemp '/it'\\''s/.a b.XXXXXX')",
      `trap 'rm -f "$temporary"' EXIT`,
      "trap 'exit 143' TERM HUP INT",
      'cat >"$temporary"',
      `echo ${digest} "$temporary" | sha256sum -c --status || { echo 'it did not arrive as it is' >&2; exit 1; }`,
      'chmod 644 "$temporary"',
      ':',
      'sync "$temporary"',
      `mv -f -- "$temporary" '/it'\\''s/a b'`,
    ])
    await sent(channel)
    expect(channel.written()).toBe('tü\n')
    channel.stdout.write('is read, and means nothing')
    channel.exit(0)
    expect(await uploaded).toBeUndefined()
    expect([channel.stdout.readableFlowing, channel.isClosed, told]).toEqual([true, false, []])
  })

  it('gets its mode and owner before it is renamed, and may come to another folder first', async () => {
    const { channel } = await uploading('x', { mode: 'u=rw', owner: 'a b:c', staging: '/s t' })
    expect([...lines(channel).slice(1, 2), ...lines(channel).slice(6, 8)]).toEqual([
      "temporary=$(mktemp '/s t/.a b.XXXXXX')",
      'chmod u=rw "$temporary"',
      `chown 'a b:c' "$temporary"`,
    ])
  })

  it.each<[string[], number | null, string]>([
    [['it did not ', 'arrive\n'], 1, "/it's/a b could not be written: it did not arrive"],
    [[' \n'], 3, "/it's/a b could not be written: it ended with 3"],
    [[], null, "/it's/a b could not be written: it ended with a signal"],
  ])('whose command prints %j and ends with %j is an error', async (printed, status, message) => {
    const { channel, uploaded } = await uploading('x')
    for (const text of printed) channel.stderr.write(text)
    await sent(channel)
    channel.exit(status)
    const error = await uploaded.catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(CutoverError)
    expect(error).toMatchObject({ message })
  })

  it.each([
    ['', undefined],
    [', while the run goes on', new AbortController().signal],
  ])('that the host does not take is an error with what the host says%s', async (_, signal) => {
    const { channel, uploaded } = await uploading('x', { breaks: true, signal })
    channel.stderr.write('disk full')
    await until(() => channel.isClosed)
    expect(channel.isClosed).toBe(true)
    channel.exit(1)
    await expect(uploaded).rejects.toMatchObject({ message: "/it's/a b could not be written: disk full" })
  })

  it('whose connection is lost makes the host unreachable', async () => {
    const { channel, uploaded } = await uploading('x')
    await sent(channel)
    const cause = new Error('reset')
    channel.fail(cause)
    const error = await uploaded.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(error).toMatchObject({ message: 'web-1: the connection was lost', cause })
  })

  it('that is interrupted ends at once', async () => {
    const { channel, uploaded } = await uploading('x', { signal: AbortSignal.abort() })
    await expect(uploaded).rejects.toMatchObject({ name: 'AbortError' })
    expect(channel.isClosed).toBe(true)
  })
})

describe('the progress of an upload', () => {
  const toldOf = async (size: number): Promise<string[]> => {
    const { channel, uploaded, told } = await uploading(size)
    await sent(channel)
    channel.exit(0)
    await uploaded
    return told
  }

  it('is told ten times for a large file', async () => {
    expect(await toldOf(10_000_000)).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 1} of 10 MB`))
  })

  it('is not told for a file of 4 MiB', async () => {
    expect(await toldOf(4 * 1024 * 1024)).toEqual([])
    expect(await toldOf(4 * 1024 * 1024 + 1)).toHaveLength(10)
  })
})
