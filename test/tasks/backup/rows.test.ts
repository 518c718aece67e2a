import { expect, it } from 'vitest'
import { differences, inTotal, parseRows } from '../../../tasks/backup/rows.ts'

const rows = parseRows('WARNING: something\n["public", "orders", 12]\n["public", "a \\"b\\n", 0]\n')

it('counted rows are read among other lines', () => {
  expect([...rows]).toEqual([
    ['public.orders', 12],
    ['public.a "b\n', 0],
  ])
  expect(inTotal(rows)).toBe('2 tables, 12 rows')
})

it('each table with other rows is named, and none else', () => {
  expect(differences(rows, rows)).toEqual([])
  expect(
    differences(
      rows,
      new Map([
        ['public.orders', 11],
        ['public.new', 1],
        ['public.a "b\n', 0],
      ]),
    ),
  ).toEqual(['public.new: none → 1', 'public.orders: 12 → 11'])
  expect(differences(rows, new Map([['public.orders', 12]]))).toEqual(['public.a "b\n: 0 → none'])
})
