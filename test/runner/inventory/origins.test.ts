import { expect, it } from 'vitest'
import { localHost } from '../../../runner/inventory/local.ts'
import { originLines } from '../../../runner/inventory/origins.ts'
import type { Provenance } from '../../../runner/inventory/variables.ts'

const linesOf = (...origins: Provenance[]): string =>
  originLines({ ...localHost({ name: 'web', address: 'web', vars: {} }), origins: () => origins })

it('the variables of a host are shown in columns, with the place of each', () => {
  expect(
    linesOf(
      { route: ['port'], value: 80, from: null },
      { route: ['paths', 'log'], value: '/var/log', from: 'i.yaml:2:3' },
      { route: ['list', 0], value: ['a'], from: '--extra-vars list' },
    ),
  ).toMatchInlineSnapshot(`
    "web
      port       80          default
      paths.log  "/var/log"  i.yaml:2:3
      list.0     ["a"]       --extra-vars list
    "
  `)
})

it('a column is at most 60 characters wide', () => {
  const [, , short] = linesOf(
    { route: ['k'.repeat(70)], value: 'v'.repeat(70), from: null },
    { route: ['a'], value: 1, from: null },
  ).split('\n')
  expect(short).toBe(`  ${'a'.padEnd(60)}  ${'1'.padEnd(60)}  default`)
})

it('a host without variables is shown by its name', () => expect(linesOf()).toBe('web\n'))
