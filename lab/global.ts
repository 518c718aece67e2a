import type { TestProject } from 'vitest/node'
import { LabUnavailable } from './engine.ts'
import { down, type Lab, up } from './lab.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    lab: Lab | null
  }
}

/**
 * Brings a lab up for a test project and takes it away afterwards. Where the machine can't run one, the tests are
 * skipped and say why; with CI=true that is a failure. With CUTOVER_TEST_LAB in the environment, the lab's name ends with it,
 * so that two people can run the same project on one machine.
 */
export const withLab =
  (kind: string, hosts: number) =>
  async (project: TestProject): Promise<() => Promise<void>> => {
    const own = process.env.CUTOVER_TEST_LAB
    const name = own ? `${kind}-${own}` : kind
    const say = (line: string): void => console.log(`lab ${name}: ${line}`)
    try {
      project.provide('lab', await up(name, hosts, say))
    } catch (error) {
      if (!(error instanceof LabUnavailable) || process.env.CI === 'true') throw error
      say(`SKIPPED, these tests need a lab: ${error.message}`)
      project.provide('lab', null)
    }
    return () => down(name)
  }
