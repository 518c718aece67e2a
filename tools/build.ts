/** Builds the package into dist/: compiled JavaScript with types, the templates, and the program for hosts. */
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../program/index.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
)
for (const folder of ['templates', 'schema']) cpSync(join(root, folder), join(dist, folder), { recursive: true })
writeFileSync(join(dist, 'program/cutover.mjs'), await bundle())
