import { defineConfig } from 'vitest/config'

/** Longer proofs, a command of their own: `npm run test:robust`. */
export default defineConfig({
  test: {
    include: ['test/robust/**/*.test.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    reporters: ['verbose'],
  },
})
