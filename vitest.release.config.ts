import { defineConfig } from 'vitest/config'
import { resolve } from './vitest.unit.config.ts'

/**
 * Releases that are cut, disturbed and repeated at every point, a command of their own: `npm run test:release`. Each
 * file has a lab of its own.
 */
export default defineConfig({
  resolve,
  test: {
    include: ['test/release/**/*.test.ts'],
    globalSetup: 'test/integration/engine.ts',
    testTimeout: 7_200_000,
    hookTimeout: 1_800_000,
    // A release is timed and loaded: another file's releases beside it would disturb it.
    fileParallelism: false,
    reporters: ['verbose'],
  },
})
