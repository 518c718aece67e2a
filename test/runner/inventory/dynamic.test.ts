import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { dynamicSource, isDynamic } from '../../../runner/inventory/dynamic.ts'

type Finished = (error: Error | null, result?: { stdout: string }) => void
const { execFile } = vi.hoisted(() => ({ execFile: vi.fn() }))
vi.mock('node:child_process', () => ({ execFile }))

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const write = (name: string, content: string, mode = 0o644): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}
const answer = (error: Error | null, stdout = ''): void => {
  execFile.mockImplementation((_program: string, _args: string[], _options: object, finished: Finished) =>
    finished(error, { stdout }),
  )
}
const refused = (path: string): Promise<string[]> =>
  dynamicSource(path).then(() => {
    throw new Error('the inventory was taken')
  }, explain)

beforeEach(() => {
  execFile.mockReset()
})
afterAll(() => vi.restoreAllMocks())

describe('an inventory is a program', () => {
  it.each([
    ['module.ts', 0o644, true],
    ['module.mjs', 0o644, true],
    ['module.cts', 0o644, true],
    ['module.js', 0o644, true],
    ['program', 0o755, true],
    ['program.py', 0o755, true],
    ['data', 0o644, false],
    ['data.yaml', 0o755, false],
    ['data.yml', 0o755, false],
    ['data.json', 0o755, false],
    ['data.yaml.sh', 0o755, true],
    ['some.ts.txt', 0o644, false],
  ])('if it is named %s and has mode %o: %s', (name, mode, is) => {
    expect(isDynamic(write(name, '', mode))).toBe(is)
  })
})

describe('a module', () => {
  it.each([
    ['object', 'export default { hosts: { a: {} } }'],
    ['function', 'export default () => ({ hosts: { a: {} } })'],
    ['async', 'export default async () => ({ hosts: { a: {} } })'],
  ])('gives its default export: %s', async (name, content) => {
    const path = write(`${name}.mjs`, content)
    const { raw, where, textOf } = await dynamicSource(path)
    expect(raw).toEqual({ hosts: { a: {} } })
    expect(where(['hosts', 'a'])).toBe(`${path} (hosts.a)`)
    expect(where([])).toBe(path)
    expect(textOf(['hosts'])).toBeUndefined()
  })

  it('that fails, has no default export, or does not give a map is refused', async () => {
    const fails = write('fails.mjs', 'export default () => { throw new Error("no token\\nmore") }')
    expect((await refused(fails))[0]).toBe(`the inventory ${fails} failed: no token`)
    const none = write('none.mjs', 'export const hosts = {}')
    expect(await refused(none)).toEqual([
      `the inventory ${none} has no default export`,
      'Write export default { hosts: … }, or export a function that returns it.',
    ])
    const list = write('list.mjs', 'export default []')
    expect(await refused(list)).toEqual([`${list}: expected a map, not a list`])
    const text = write('text.mjs', 'export default "x"')
    expect(await refused(text)).toEqual([`${text}: expected a map, not string`])
  })
})

describe('another program', () => {
  it('is started with --list, and its JSON is read with the text of its numbers', async () => {
    answer(null, '{ "vars": { "version": 1.10 } }')
    const { raw, where, textOf } = await dynamicSource('/bin/list')
    expect(execFile.mock.calls.map((call: unknown[]) => call.slice(0, 3))).toEqual([
      ['/bin/list', ['--list'], { maxBuffer: 67_108_864, timeout: 60_000 }],
    ])
    expect(raw).toEqual({ vars: { version: 1.1 } })
    expect(textOf(['vars', 'version'])).toBe('1.10')
    expect(where(['vars', 'version'])).toBe('/bin/list (vars.version)')
  })

  it('that prints something else is refused', async () => {
    answer(null, 'hello')
    expect((await refused('/bin/list'))[0]).toMatch(/^the inventory \/bin\/list did not print valid JSON: Unexpected/)
    answer(null, '[]')
    expect(await refused('/bin/list')).toEqual(['/bin/list: expected a map, not a list'])
  })

  it('that fails is refused with the last line of its errors, or else the first of the message', async () => {
    answer(Object.assign(new Error('Command failed'), { stderr: 'Traceback\nno token\n' }))
    expect((await refused('/bin/list'))[0]).toBe('the inventory /bin/list failed: no token')
    answer(Object.assign(new Error('spawn ENOENT\nmore'), { stderr: ' \n' }))
    expect((await refused('/bin/list'))[0]).toBe('the inventory /bin/list failed: spawn ENOENT')
    answer(new Error('timed out'))
    expect((await refused('/bin/list'))[0]).toBe('the inventory /bin/list failed: timed out')
  })
})
