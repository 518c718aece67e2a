import { expect, it } from 'vitest'
import { asWord, isVersion, parseNames, parsePlainNames } from '../../../tasks/system/package-names.ts'

it('packages are named with or without a version, in a list or by name', () => {
  expect(parseNames(['g++', 'libc6:i386', 'nginx=1.22*', 'g++']).map(asWord)).toEqual([
    'g++',
    'libc6:i386',
    'nginx=1.22*',
  ])
  expect(parseNames({ nginx: '1:1.22-9~deb12u1' })).toEqual([{ name: 'nginx', version: '1:1.22-9~deb12u1' }])
})

it.each([
  ['Nginx', "'Nginx' is not a valid package name"],
  ['', "'' is not a valid package name"],
  ['-y', "'-y' is not a valid package name"],
  ['a b', "'a b' is not a valid package name"],
  ['lib*', "'lib*' is not a valid package name"],
  ['nginx=', "'' is not a valid version of nginx"],
  ['nginx=1 2', "'1 2' is not a valid version of nginx"],
  ['nginx>=1.2', "'nginx>' is not a valid package name"],
])('%j is refused', (name, message) => {
  expect(() => parseNames([name])).toThrow(message)
})

it('a version is refused where none belongs', () => {
  expect(parsePlainNames(['a', 'b'], 'absent')).toEqual(['a', 'b'])
  expect(() => parsePlainNames(['a=1'], 'absent')).toThrow('absent: a has a version, 1')
})

it.each([
  [undefined, '1.2', true],
  ['1.2', '1.2', true],
  ['1.2', '1.22', false],
  ['1.2*', '1.22', true],
  ['1.?', '1.2', true],
  ['1.2*', '11.2', false],
  ['1+2', '1+2', true],
])('%s and the version %s: %s', (wanted, version, expected) => {
  expect(isVersion(wanted, version)).toBe(expected)
})
