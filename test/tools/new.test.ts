import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../runner/errors.ts'
import { create } from '../../tools/new.ts'

let root: string
let printed: string[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cutover-new-'))
  printed = []
  vi.spyOn(process, 'cwd').mockReturnValue(root)
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text))
})

/** What is said where the command is refused. */
const refused = async (...argv: string[]): Promise<string> =>
  explain(
    await create(argv).then(
      () => new Error('it was taken'),
      (error: unknown) => error,
    ),
  ).join('\n')

describe('a new playbook', () => {
  it('comes with a task and its test, and says how to try it', async () => {
    expect(await create(['motd-text'])).toBe(0)
    expect(printed.join('\n').split('\n')).toEqual([
      'playbooks/motd-text.ts',
      'tasks/motd-text.ts',
      'test/tasks/motd-text.test.ts',
      'tsconfig.json',
      '',
      'First:  npm pkg set type=module',
      expect.stringMatching(/^Try it: node( --import tsx)? --test test\/tasks\/motd-text\.test\.ts$/),
      '        npx tsx playbooks/motd-text.ts --check --diff',
    ])
    expect(readFileSync(join(root, 'tasks/motd-text.ts'), 'utf8')).toContain('export const motdText =')
    expect(readFileSync(join(root, 'playbooks/motd-text.ts'), 'utf8')).toContain("playbook(\n  'motd text',")
  })

  it('has no variables of its own, so it takes every inventory', async () => {
    await create(['motd-text'])
    const text = readFileSync(join(root, 'playbooks/motd-text.ts'), 'utf8')
    expect(text).not.toMatch(/^[^/]*settings/m)
    expect(text).toContain("{ help: 'Say in one line what it does.' },")
  })

  it('is tested by what every Node has, where the package is installed, and by vitest in the repository', async () => {
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(root, 'tsconfig.json'), '{}')
    await create(['--task', 'one'])
    expect(readFileSync(join(root, 'test/tasks/one.test.ts'), 'utf8')).toContain("from 'node:test'")
    expect(printed.join('\n')).not.toMatch(/First:|tsconfig/)
    expect(readFileSync(join(root, 'tsconfig.json'), 'utf8')).toBe('{}')
    mkdirSync(join(root, 'runner'))
    writeFileSync(join(root, 'runner/index.ts'), '')
    await create(['--task', 'two'])
    expect(readFileSync(join(root, 'test/tasks/two.test.ts'), 'utf8')).toContain("from 'vitest'")
    expect(printed.at(-1)).toContain('Try it: npx vitest run test/tasks/two.test.ts')
  })

  it('imports the installed package, or the runner of the repository', async () => {
    await create(['--task', 'one'])
    expect(readFileSync(join(root, 'tasks/one.ts'), 'utf8').split('\n')[0]).toContain("from 'cutover'")
    mkdirSync(join(root, 'runner'))
    writeFileSync(join(root, 'runner/index.ts'), '')
    await create(['--task', 'two'])
    expect(readFileSync(join(root, 'tasks/two.ts'), 'utf8').split('\n')[0]).toContain("from '../runner/index.ts'")
  })

  it('is left out with --task', async () => {
    await create(['--task', 'one'])
    expect(existsSync(join(root, 'playbooks'))).toBe(false)
    expect(printed.join('\n')).not.toContain('playbooks')
  })

  it('never replaces a file', async () => {
    mkdirSync(join(root, 'tasks'))
    writeFileSync(join(root, 'tasks/one.ts'), 'mine')
    expect(await refused('one')).toBe('tasks/one.ts is there already')
    expect(readFileSync(join(root, 'tasks/one.ts'), 'utf8')).toBe('mine')
    expect(existsSync(join(root, 'playbooks'))).toBe(false)
  })

  it.each(['Motd', 'motd-', '-motd', 'a--b', '1st', 'a.b'])(
    'cannot be called %s: that is not a valid file name',
    async (name) => {
      expect(await refused('--', name)).toBe(
        `'${name}' is not a valid file name\nUse small letters, digits and dashes: time-zone.`,
      )
    },
  )

  it.each(['../motd', 'a/b/c', 'System/motd', '/motd'])('cannot be in the folder of %s', async (name) => {
    expect(await refused('--', name)).toBe(
      `'${name}' is not a valid file name\nUse a name, or FOLDER/NAME: system/time-zone.`,
    )
  })

  it('can be in a folder below tasks/, with imports from there', async () => {
    mkdirSync(join(root, 'runner'))
    writeFileSync(join(root, 'runner/index.ts'), '')
    await create(['--task', 'system/swap-file'])
    const [task, test] = ['tasks/system/swap-file.ts', 'test/tasks/system/swap-file.test.ts'].map((path) =>
      readFileSync(join(root, path), 'utf8'),
    )
    expect(task).toContain("from '../../runner/index.ts'")
    expect(test).toContain("from '../../../runner/task/kit.ts'")
    expect(test).toContain("import { swapFile } from '../../../tasks/system/swap-file.ts'")
  })

  it.each([
    ['class', 'class'],
    ['await', 'await'],
    ['run-if-main', 'runIfMain'],
    ['task', 'task'],
  ])('cannot be called %s: the constant %s is reserved', async (name, constant) => {
    expect(await refused(name)).toBe(
      `nothing can be called '${constant}' there: the language or the file has that word already\nSay more: ${name}-file.`,
    )
  })

  it('needs one name', async () => {
    expect((await refused()).split('\n')[0]).toBe('what is it to be called?')
    expect((await refused('a', 'b')).split('\n')[0]).toBe('what is it to be called?')
    expect(await refused('--tusk', 'a')).toBe('there is no option --tusk\nDid you mean --task? See --help.')
  })
})
