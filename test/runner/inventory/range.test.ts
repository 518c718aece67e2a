import fc from 'fast-check'
import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { expandRanges } from '../../../runner/inventory/range.ts'

const refused = (name: string): string[] => {
  try {
    expandRanges(name)
  } catch (error) {
    return explain(error)
  }
  throw new Error('the range was taken')
}

it.each([
  ['web-1', 'web-1'],
  ['web-[01:03]', 'web-01 web-02 web-03'],
  ['web-[8:11]', 'web-8 web-9 web-10 web-11'],
  ['web-[08:11]', 'web-08 web-09 web-10 web-11'],
  ['web-[0:2]', 'web-0 web-1 web-2'],
  ['web-[3:3]', 'web-3'],
  ['db-[a:c].example', 'db-a.example db-b.example db-c.example'],
  ['db-[A:C]', 'db-A db-B db-C'],
  ['db-[a:f:2]', 'db-a db-c db-e'],
  ['x[0:6:3]', 'x0 x3 x6'],
  ['x[0:5:3]', 'x0 x3'],
  ['[1:2]-[a:b]', '1-a 1-b 2-a 2-b'],
])('%s stands for %s', (name, names) => expect(expandRanges(name).join(' ')).toBe(names))

it.each([
  'a[]',
  'a[1]',
  'a[3:1]',
  'a[c:a]',
  'a[1:x]',
  'a[a:C]',
  'a[A:c]',
  'a[aa:c]',
  'a[1:9:0]',
  'a[1:9:x]',
  'a[x1:9]',
  'a[1:9x]',
  'a[xA:C]',
  'a[A:Cx]',
  'a[xa:c]',
  'a[a:cx]',
  'a[1:2:3:4]',
  'a[0:10000]',
])('%s is not a valid range', (name) => {
  const range = name.slice(1)
  expect(refused(name)).toEqual([
    `'${range}' in '${name}' is not a valid range`,
    'A range is [01:20], [a:f], or with a step [0:10:2].',
  ])
})

it('a name stands for at most 10 000 names', () => {
  expect(expandRanges('a[0:9999]')).toHaveLength(10_000)
  expect(expandRanges('a[0:99][0:99]')).toHaveLength(10_000)
  expect(expandRanges('a[0:19998:2]')).toHaveLength(10_000)
  expect(refused('a[0:99][0:100]')).toEqual(["'a[0:99][0:100]' stands for more than 10000 names"])
})

it('a range stands for each number once, in order, as wide as the first', () => {
  fc.assert(
    fc.property(fc.nat(900), fc.nat(90), fc.integer({ min: 1, max: 5 }), (low, more, width) => {
      const first = String(low).padStart(width, '0')
      const names = expandRanges(`n[${first}:${low + more}]`)
      expect(names).toHaveLength(more + 1)
      expect(names.map((name) => Number(name.slice(1)))).toEqual(
        Array.from({ length: more + 1 }, (_, index) => low + index),
      )
      expect(names[0]).toBe(`n${first}`)
    }),
  )
})
