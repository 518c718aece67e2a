import { expect, it } from 'vitest'
import { hostFirst } from '../../../../tasks/blue-green/canary/host-first.ts'

const hosts = ['a', 'b', 'c'].map((name) => ({ name }))
const namesOf = ({ hosts: all, serial }: ReturnType<typeof hostFirst>): unknown => [all.map(({ name }) => name), serial]

it('without a name, all is as it was', () => {
  expect(hostFirst(undefined, { hosts, serial: '25%', mayFail: true })).toEqual({ hosts, serial: '25%' })
})

it.each([
  ['alone, and then all others', undefined, [1, 2]],
  ['before batches of a size', '25%', [1, '25%']],
  ['before growing ones', [1, 5], [1, 1, 5]],
] as const)('a host goes first: %s', (_, serial, expected) => {
  expect(namesOf(hostFirst('b', { hosts, serial, mayFail: false }))).toEqual([['b', 'a', 'c'], expected])
})

it('the only host is first, too', () => {
  expect(namesOf(hostFirst('a', { hosts: hosts.slice(0, 1), serial: undefined, mayFail: false }))).toEqual([
    ['a'],
    [1, 1],
  ])
})

it('another host is refused', () => {
  expect(() => hostFirst('d', { hosts, serial: undefined, mayFail: false })).toThrow(
    "--canary-host: 'd' is none of the hosts of this release",
  )
})

it('is refused where the others would follow though it failed', () => {
  expect(() => hostFirst('b', { hosts, serial: undefined, mayFail: true })).toThrow(
    '--canary-host stops the release if that host fails',
  )
})
