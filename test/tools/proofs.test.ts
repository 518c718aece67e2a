import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { proofs } from '../../tools/proofs.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/tasks.md'), 'utf8')
const names = [...page.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name)
const found = proofs(names)

it.each(names)('%s is proven on a host of Debian 13 and one of Debian 12', (name) => {
  expect(found.get(name)?.releases).toEqual([13, 12])
})

it('what is not called in a test of a real host is not proven', () => {
  expect(names.length).toBeGreaterThan(30)
  expect(found.get('line')?.files).toEqual(['test/integration/edits-downloads-facts.test.ts'])
  expect(found.get('waitFor')?.files).toEqual(['test/integration/units.test.ts'])
  expect(proofs(['nowhere', 'describe', 'prove']).size).toBe(0)
})
