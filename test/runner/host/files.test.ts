import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import type { WriteOptions } from '../../../runner/file-options.ts'
import { bytesOf, readBytes, readFileState, readText, writeFile } from '../../../runner/host/files.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { fakeAccess } from './fake-access.ts'

const why = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it did not fail',
    (error: unknown) => explain(error).join('\n'),
  )

it.each([
  ['a file', { stdout: 'x\n' }, 'x\n'],
  ['an empty file', {}, ''],
  ['no file', { status: 44 }, null],
])('%s is read', async (_, ended, content) => {
  const access = fakeAccess(ended)
  expect(await readText(access, '/a b')).toBe(content)
  expect(access.ran[0]?.script).toContain("path='/a b'\n")
  expect((await readBytes(access, '/a b'))?.toString() ?? null).toBe(content)
})

it.each([
  [
    'cannot be read',
    { status: 1, stderr: 'cat: /a: Is a directory\n' },
    '/a could not be read: cat: /a: Is a directory',
  ],
  ['is ended by a signal', { status: 137 }, '/a could not be read: it ended with 137'],
  ['is no text', { stdout: Buffer.from([0xff]) }, /^\/a is not valid UTF-8 text\nhost\.bytes\('\/a'\)/],
  ['is too large', { status: 46, stdout: '734003200\n' }, /^\/a is too large for this: 734 MB\nhost\.fetch/],
])('a file that %s is an error', async (_, ended, message) => {
  const error = await why(readText(fakeAccess(ended), '/a'))
  if (typeof message === 'string') expect(error).toBe(message)
  else expect(error).toMatch(message)
})

it('bytes that are no text are read as they are', async () => {
  const bytes = Buffer.from([0xff, 0, 0xc3])
  expect((await readBytes(fakeAccess({ stdout: bytes }), '/a'))?.equals(bytes)).toBe(true)
})

it.each([
  ['its digest', { digest: true }, `81a4 0:33 2 root:www\n${'a'.repeat(64)}  -\n`, 'a'.repeat(64)],
  ['nothing, if it is a folder', {}, '41ed 0:0 2 root:root\n', undefined],
])('the state of a file has %s', async (_, options, stdout, content) => {
  const state = content === undefined ? null : { mode: '644', owner: 'root:www', content }
  expect(await readFileState(fakeAccess({ stdout }), '/a', options)).toEqual(state)
})

it('a relative path is refused before anything is done', async () => {
  const access = fakeAccess()
  for (const work of [readText(access, 'a'), readFileState(access, './a'), writeFile(access, '~/a', 'x')])
    expect(await why(work)).toMatch(/^the path '.*a' is not absolute\nA path on a host begins with \//)
  expect(access.ran).toEqual([])
})

/** The script that writes a file. */
async function script(content: string | Buffer | Secret, options?: WriteOptions): Promise<string> {
  const access = fakeAccess()
  await writeFile(access, '/etc/app/a.conf', content, options)
  expect(access.ran[0]?.input).toBe(content instanceof Secret ? content.reveal() : content.toString())
  return access.ran[0]?.script ?? ''
}

it('a file is written beside its place, checked, and renamed', async () => {
  expect(await script('tü', { validate: ['check', '--file=%s', "it's"] })).toMatchInlineSnapshot(`
    "set -eu
    umask 077
    path=/etc/app/a.conf mode=644
    template=/etc/app/.a.conf.XXXXXX
    if [ -e "$path" ] && [ ! -f "$path" ] && [ ! -L "$path" ]; then
      if [ -d "$path" ]; then echo directory; else echo other; fi
      exit 45
    fi
    temporary=$(mktemp -- "$template")
    trap 'rm -f -- "$temporary"' EXIT
    trap 'exit 143' TERM HUP INT
    cat >"$temporary"
    sum=$(sha256sum <"$temporary")
    [ "\${sum%% *}" = 08a59ca3b2619257a9d7344a6a84afee80667f1b72dea036ae25af1a85d343e9 ] || exit 47
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      kept=$(stat -Lc %u:%g -- "$path")
      [ "$(stat -c %u:%g -- "$temporary")" = "$kept" ] || chown -- "$kept" "$temporary"
      mode=$(stat -Lc %a -- "$path")
    fi

    chmod -- "$mode" "$temporary"
    set -- check --file=%s 'it'\\''s'
    for word do
      shift
      case $word in *%s*) word=\${word%%%s*}$temporary\${word#*%s} ;; esac
      set -- "$@" "$word"
    done
    "$@" </dev/null 2>&1 || { echo "$?" >&2; exit 48; }
    sync -- "$temporary"
    mv -fT -- "$temporary" "$path""
  `)
})

it.each<[string, string | Secret, WriteOptions | undefined, string[]]>([
  ['a text', 'x', undefined, ['mode=644', 'mode=$(stat -Lc %a -- "$path")']],
  ['a secret', new Secret('x', 'x'), undefined, ['mode=600', 'case $mode in *[1-7]) mode=600 ;; esac']],
  ['a secret with a mode', new Secret('x', 'x'), { mode: '0640' }, ['mode=640']],
  ['an owner', 'x', { owner: 'a' }, ['chown -- a "$temporary"', 'kept=$(stat -Lc %u:%g -- "$path")']],
  ['another folder', 'x', { staging: '/srv' }, ['template=/srv/.a.conf.XXXXXX']],
])('mode, owner and folder: %s', async (_, content, options, parts) => {
  const text = await script(content, options)
  for (const part of parts) expect(text).toContain(part)
  if (options?.mode) expect(text).not.toContain('mode=$(')
})

it('an owner that is given in full is not kept', async () => {
  expect(await script('x', { owner: 'a:b' })).not.toContain('kept=')
})

it.each([
  ['a folder is there', { status: 45, stdout: 'directory\n' }, /^there is a folder at \/a, and not a file\nIt is left/],
  [
    'a device is there',
    { status: 45, stdout: 'other\n' },
    /^there is something that is neither a file nor a folder at/,
  ],
  ['it arrives in part', { status: 47 }, /^\/a could not be written: it did not arrive unchanged$/],
  ['its folder is missing', { status: 1, stderr: 'mktemp: no\n' }, /^\/a could not be written: mktemp: no$/],
  [
    'it is refused',
    { status: 48, stdout: 'line 3: bad\n', stderr: '7\n' },
    /^the new content of \/a was refused, and nothing was changed\nvisudo -cf %s ended with 7\n {2}line 3: bad$/,
  ],
])('a file cannot be written where %s', async (_, ended, message) => {
  expect(await why(writeFile(fakeAccess(ended), '/a', 'x', { validate: ['visudo', '-cf', '%s'] }))).toMatch(message)
})

it('a text that is no Unicode is refused', () => {
  expect(() => bytesOf('a\ud800')).toThrow('not valid Unicode')
  expect(bytesOf('😀').toString()).toBe('😀')
})
