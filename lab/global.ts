import type { TestProject } from 'vitest/node'
import { LabUnavailable } from './engine.ts'
import { down, type Lab, up } from './lab.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    lab: Lab | null
  }
}

/**
 * Brings a lab up for a test project and removes it afterwards. Where the machine cannot run a lab, the tests are
 * skipped and say why; with CI=true that is a failure. The lab's name ends with CUTOVER_TEST_LAB where that is set, so
 * that two people can run the same project on one machine.
 */
export const withLab =
  (kind: string, hosts: Parameters<typeof up>[1]) =>
  async (project: TestProject): Promise<() => Promise<void>> => {
    const suffix = process.env.CUTOVER_TEST_LAB
    const name = suffix ? `${kind}-${suffix}` : kind
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
