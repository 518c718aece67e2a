import { expect, it } from 'vitest'
import { sudoers, type SudoersRule } from '../../../tasks/system/sudoers.ts'
import { played, refusal } from './played.ts'

const path = '/etc/sudoers.d/shop'
const verify = `command -v visudo >/dev/null || exit 127
    temporary=$(mktemp)
    trap 'rm -f "$temporary"' EXIT
    cat >"$temporary"
    visudo -cf "$temporary" 2>&1`

it.each<[string | SudoersRule, string]>([
  ['%shop ALL=(ALL) ALL', '%shop ALL=(ALL) ALL\n'],
  ['# two\nDefaults !lecture\n', '# two\nDefaults !lecture\n'],
  [{ user: 'shop', commands: ['ALL'] }, 'shop ALL=(ALL:ALL) ALL\n'],
  [
    { user: '%ops', commands: ['/bin/a x=1', '/bin/b c:d,e\\f'], nopasswd: true },
    '%ops ALL=(ALL:ALL) NOPASSWD: /bin/a x\\=1, /bin/b c\\:d\\,e\\\\f\n',
  ],
])('%j becomes a file that visudo has seen', async (rules, content) => {
  const { change, checked, applied, undone } = await played(sudoers('shop', rules))
  expect(change).toMatchObject({ summary: 'new', before: '', after: `[mode 440, owner root:root]\n${content}` })
  expect(checked).toEqual([verify])
  expect(applied).toEqual(['visudo -cf TEMPORARY', `write ${path} 440 root:root`])
  expect(undone).toEqual([`rm -f -- ${path}`])
})

const attributes = (mode: string, owner: string): string[] => [
  `chown -h -- ${owner} ${path}`,
  `chmod -- ${mode} ${path}`,
]

it.each<[string, { content: string; mode: string; owner?: string }, string | undefined, string[]]>([
  ['as it should be', { content: 'a\n', mode: '440' }, undefined, []],
  ['with another mode', { content: 'a\n', mode: '644' }, 'mode 644 → 440', attributes('644', '0:0')],
  [
    'of another owner',
    { content: 'a\n', mode: '440', owner: 'pat:pat' },
    'owner pat:pat → root:root',
    attributes('440', 'pat:pat'),
  ],
  ['with another content', { content: 'b\n', mode: '440' }, 'content', [`write ${path} 440 root:root`]],
])('a file that is there %s', async (_, file, summary, taken) => {
  const { change, checked, undone } = await played(sudoers('shop', 'a'), {}, { files: { [path]: file } })
  expect(change?.summary).toBe(summary)
  expect(checked).toEqual(change ? [verify] : [])
  expect(undone).toEqual(taken)
})

it('what visudo refuses is refused, in check mode too, and nothing is written', async () => {
  const outputs = { [verify]: { code: 1, stdout: '/tmp/x:1:9: syntax error\n' } }
  expect(await refusal(() => played(sudoers('shop', 'bad'), outputs))).toMatch(
    /sudoers shop: visudo refuses it:\n\/tmp\/x:1:9: syntax error\nNothing was changed/,
  )
})

it('a host without sudo may get it by an earlier task', async () => {
  expect(await refusal(() => played(sudoers('shop', 'a'), { [verify]: { code: 127 } }))).toMatch(
    /there is no sudo\nInstall it first: packages\(\{ present: \['sudo'\] \}\)/,
  )
})

it.each<[string, string | SudoersRule, RegExp]>([
  ['a.b', 'x', /'a.b' is not a valid name of a file in \/etc\/sudoers.d\n.*dot/],
  ['../x', 'x', /is not a valid name/],
  ['shop', { user: 'a b', commands: ['ALL'] }, /'a b' is not a valid user\nWrite a user, or %group/],
  ['shop', { user: 'a', commands: [] }, /there are no commands/],
  ['shop', { user: 'a', commands: ['id'] }, /the command 'id' cannot be written\nIt is ALL, or begins/],
  ['shop', { user: 'a', commands: ['/bin/a #x'] }, /cannot be written/],
  ['shop', { user: 'a', commands: ['/bin/a\nb'] }, /is not one line/],
])('%j with %j is refused when the task is made', async (name, rules, reason) => {
  expect(await refusal(() => sudoers(name, rules))).toMatch(reason)
})
