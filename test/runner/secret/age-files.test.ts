import { homedir } from 'node:os'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../runner/errors.ts'
import { ageValue, openAgeFiles } from '../../../runner/secret/age-files.ts'

const { decryptFile } = vi.hoisted(() => ({ decryptFile: vi.fn<(path: string) => Promise<string>>() }))
vi.mock('../../../runner/secret/age.ts', () => ({ decryptFile }))

beforeEach(() => {
  decryptFile.mockReset()
  decryptFile.mockResolvedValue('a: x\n')
})

const at = (age: string, key = 'a'): object => ({ age, key })
const decrypted = (): string[] => decryptFile.mock.calls.map(([path]) => path)

/** Opens a file with some content. A path keeps its first content, because a file is decrypted once. */
async function open(path: string, content: string): Promise<void> {
  decryptFile.mockResolvedValue(content)
  await openAgeFiles(at(path), '/')
}
const refused = (work: () => unknown): { message: string; hint: string | undefined } => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    const { message, hint } = error as UsageError
    return { message, hint }
  }
  throw new Error('it was taken')
}

describe('the files that values refer to', () => {
  it('are found at any depth, and each is decrypted once', async () => {
    const values = {
      list: [at('one.age'), { deep: at('/abs/two.age') }],
      again: at('../base/one.age', 'other'),
      home: at('~/three.age'),
    }
    await openAgeFiles(values, '/base')
    expect(decrypted()).toEqual(['/base/one.age', '/abs/two.age', `${homedir()}/three.age`])
    await openAgeFiles(values, '/base')
    expect(decrypted()).toHaveLength(3)
  })

  it.each([
    null,
    undefined,
    'text',
    7,
    [],
    { env: 'NAME' },
    { file: 'x.age' },
    { age: 'x.age' },
    { age: 'x.age', key: '' },
    { age: 'x.age', key: 'a', more: 1 },
  ])('are none in %j', async (value) => {
    await openAgeFiles([value, { deep: value }], '/none')
    expect(decrypted()).toEqual([])
  })

  it('that cannot be decrypted are an error, and are tried again', async () => {
    const error = new UsageError('no identity')
    decryptFile.mockRejectedValueOnce(error)
    await expect(openAgeFiles(at('/retry.age'), '/')).rejects.toBe(error)
    await openAgeFiles(at('/retry.age'), '/')
    expect(ageValue('/retry.age', 'a')).toBe('x')
  })
})

describe('a value', () => {
  it.each([
    ['plain', 'text'],
    ['map.inner.deep', 'text'],
    ['dotted.key', 'whole'],
    ['map.dotted', 'inner'],
    ['number', '007'],
    ['truth', 'yes'],
    ['nothing', '~'],
    ['list.1', 'second'],
    ['empty', ''],
  ])('at %s is the text that was written: %j', async (key, text) => {
    const path = `/values-${key}.age`
    await open(
      path,
      'plain: text\nmap: { inner: { deep: text }, dotted: inner }\n"dotted.key": whole\ndotted: { key: parts }\n' +
        'number: 007\ntruth: yes\nnothing: ~\nlist: [first, second]\nempty: ""\n',
    )
    expect(ageValue(path, key)).toBe(text)
  })

  it.each<[string, string, string | undefined]>([
    ['pasword', 'it has no pasword', "Did you mean 'password'? There are: password, map."],
    ['zzzzzzzz', 'it has no zzzzzzzz', 'There are: password, map.'],
    ['map.inne', 'it has no map.inne', "Did you mean 'inner'? There are: inner."],
    ['password.more', 'it has no password.more', undefined],
    ['map', 'map is a map or a list, not a single value', undefined],
    ['constructor', 'it has no constructor', 'There are: password, map.'],
  ])('that is not there is an error that names the nearest: %s', async (key, message, hint) => {
    const path = `/missing-${key}.age`
    await open(path, 'password: x\nmap: { inner: x }\n')
    expect(refused(() => ageValue(path, key))).toEqual({ message, hint })
  })

  it.each([
    ['/text.age', 'only a text\n'],
    ['/empty.age', ''],
  ])('is in no file without keys: %s', async (path, content) => {
    await open(path, content)
    expect(refused(() => ageValue(path, 'a'))).toEqual({ message: 'it has no a', hint: undefined })
  })

  it('is in no file that was not opened', () => {
    expect(refused(() => ageValue('/closed.age', 'a.b'))).toEqual({ message: 'it has no a.b', hint: undefined })
  })
})

describe('a content that is not YAML is refused without quoting it', () => {
  it.each([
    ['/broken-1.age', 'a: b: hunter2\n', 1],
    ['/broken-3.age', 'a: 1\nb: 2\nc: d: hunter2\n', 3],
  ])('%s', async (path, content, line) => {
    const error: unknown = await open(path, content).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({
      message: `${path}: its decrypted content is not valid YAML, at line ${line}`,
      hint: `Fix it: npx tsx tools/secrets.ts edit ${path}`,
      cause: undefined,
    })
  })

  it('with an alias that has no anchor', async () => {
    const error: unknown = await open('/alias.age', 'a: *hunter2\n').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ message: '/alias.age: its decrypted content is not valid YAML', cause: undefined })
  })
})
