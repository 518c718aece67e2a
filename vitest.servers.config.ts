import { defineConfig } from 'vitest/config'
import { resolve } from './vitest.unit.config.ts'

/** Longer proofs of servers, a command of their own: `npm run test:servers`. Each file has a lab of its own. */
export default defineConfig({
  resolve,
  test: {
    include: ['test/servers/**/*.test.ts'],
    globalSetup: 'test/integration/engine.ts',
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
    // They mostly wait for their hosts.
    maxWorkers: 2,
    reporters: ['verbose'],
  },
})
