import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { hangs, needsOwnWorker, resolve, unitTests } from './vitest.unit.config.ts'

/** Longer than any one release of the lab takes, in ms. */
const real = 300_000

/** Vitest leaves one processor free, which is half of a small machine. */
const unitWorkers = availableParallelism()

const integration = 'test/integration'
const integrationTests = readdirSync(integration)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(integration, name))

/** Whether the hosts of a test are its own, so that it may run beside others. */
const hasOwnHosts = (path: string): boolean => {
  const text = readFileSync(path, 'utf8')
  return text.includes('throwAway(') && !text.includes('lab!')
}

// The files of e2e have hosts of their own, and wait most of the time: two at once.
export default defineConfig({
  test: {
    reporters: ['verbose'],
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: unitTests.filter((path) => !needsOwnWorker(path)),
          pool: 'threads',
          isolate: false,
          setupFiles: 'test/as-new.ts',
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
          maxWorkers: unitWorkers,
          testTimeout: hangs,
        },
      },
      {
        resolve,
        test: {
          name: 'unit-alone',
          include: unitTests.filter(needsOwnWorker),
          pool: 'threads',
          maxWorkers: unitWorkers,
          testTimeout: hangs,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          include: integrationTests.filter((path) => !hasOwnHosts(path)),
          globalSetup: 'test/integration/lab.ts',
          testTimeout: real,
          hookTimeout: real,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        test: {
          name: 'integration-apart',
          include: integrationTests.filter(hasOwnHosts),
          globalSetup: 'test/integration/engine.ts',
          testTimeout: real,
          hookTimeout: real,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/lab.ts',
          testTimeout: real,
          hookTimeout: real * 3,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
