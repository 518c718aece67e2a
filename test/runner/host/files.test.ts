import { expect, it } from 'vitest'
import { readFile, readFileState, writeFile, type WriteOptions } from '../../../runner/host/files.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'

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
