import { defineConfig } from 'vitest/config'

/** The fast tests: no process, no network, no host. `npm run test:mutation` runs these alone. */
export default defineConfig({
  test: {
    name: 'unit',
    include: ['test/{runner,tasks,program,playbooks,tools,bin,lab}/**/*.test.ts', 'test/*.test.ts'],
  },
})
