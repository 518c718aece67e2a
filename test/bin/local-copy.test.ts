import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { localCopy } from '../../bin/local-copy.ts'

it('a folder without an installed cutover has no copy', () => {
  expect(localCopy(mkdtempSync(join(tmpdir(), 'cutover-copy-')))).toBeUndefined()
})

it('a folder with another installed cutover uses that one', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cutover-copy-')))
  const installed = join(folder, 'node_modules/cutover')
  mkdirSync(join(installed, 'dist/bin'), { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{ "name": "cutover" }')
  expect(localCopy(folder)).toBeUndefined()
  writeFileSync(join(installed, 'dist/bin/main.js'), '')
  expect(localCopy(folder)).toBe(pathToFileURL(join(installed, 'dist/bin/main.js')).href)
})

it('the repository itself is no other copy, though it is a package of that name', () => {
  expect(localCopy(join(import.meta.dirname, '../..'))).toBeUndefined()
})
