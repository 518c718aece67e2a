import { describe, expect, it } from 'vitest'
import {
  absolutePath,
  filePath,
  parseMode,
  parseOwner,
  parseValidate,
  parseWriteOptions,
} from '../../runner/file-options.ts'

describe('a mode', () => {
  it.each([
    ['644', '644'],
    ['0644', '644'],
    ['04755', '4755'],
    ['0', '0'],
    ['007', '7'],
  ])('%s is %s', (mode, parsed) => expect(parseMode(mode)).toBe(parsed))

  it.each<[unknown, string]>([
    ['u=rw', "'u=rw'"],
    ['+x', "'+x'"],
    ['888', "'888'"],
    ['', "''"],
    ['17777', "'17777'"],
    [420, '420'],
  ])('%j is refused', (mode, shown) => expect(() => parseMode(mode)).toThrow(`the mode ${shown} is not octal`))
})

describe('an owner', () => {
  it.each([
    ['root', { user: 'root', group: undefined }],
    [':adm', { user: undefined, group: 'adm' }],
    ['0:0', { user: '0', group: '0' }],
    ['www-data:www-data', { user: 'www-data', group: 'www-data' }],
  ])('%s is understood', (owner, parsed) => expect(parseOwner(owner)).toEqual(parsed))

  it.each(['', ':', 'root:', 'a:b:c', '-a', ' a', 'a\nb:-c'])('%j is refused', (owner) =>
    expect(() => parseOwner(owner)).toThrow('is not understood'),
  )
})

it.each(['x', './x', '~/x', ''])('the path %j is refused', (path) =>
  expect(() => absolutePath(path)).toThrow('is not absolute'),
)

it.each(['/', '/etc/', '/etc/.', '/etc/..'])('the path %j is none of a file', (path) =>
  expect(() => filePath(path)).toThrow('is that of a folder'),
)

it('a command that validates must be told which file', () => {
  expect(parseValidate(['nginx', '-t', '-c=%s'])).toEqual(['nginx', '-t', '-c=%s'])
  for (const words of [[], ['true'], ['%s']]) expect(() => parseValidate(words)).toThrow('is not told which file')
})

it('options are the same in one form, and stay out where they are not given', () => {
  expect(parseWriteOptions({})).toEqual({})
  expect(parseWriteOptions({ mode: '0600', owner: 'root', staging: '/srv' })).toEqual({
    mode: '600',
    owner: 'root',
    staging: '/srv',
  })
  expect(() => parseWriteOptions({ owner: ':' })).toThrow()
  expect(() => parseWriteOptions({ staging: 'x' })).toThrow()
})
