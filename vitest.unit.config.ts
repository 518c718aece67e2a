import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** The package's own name is this repository, as tsconfig.json says: the examples import `cutover`. */
export const resolve = { tsconfigPaths: true }

const folders = ['runner', 'tasks', 'program', 'playbooks', 'tools', 'bin', 'lab', 'bench']

/** For a unit test that hangs, in ms: one that computes must not fail because other programs keep the machine busy. */
export const hangs = 30_000

/** The files of the fast tests: no process, no network, no host. */
export const unitTests = [
  ...readdirSync('test').filter((name) => name.endsWith('.test.ts')),
  ...folders.flatMap((folder) => filesBelow(join('test', folder)).map((name) => join(folder, name))),
]
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}

/**
 * A test that replaces a module would disturb the others in its worker: it gets a worker of its own. What else a test
 * replaces (the clock, a global, the environment) is put back before the next file.
 */
export const needsOwnWorker = (path: string): boolean =>
  /\bvi\.(mock|doMock|hoisted|resetModules)\(/.test(readFileSync(path, 'utf8'))

/** All of them, each in a worker of its own: what `npm run test:mutation` runs. */
export default defineConfig({ resolve, test: { name: 'unit', include: unitTests, testTimeout: hangs } })
