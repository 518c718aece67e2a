import type { Counters, Finding } from '../events.ts'
import { countsOf } from './findings.ts'

/** What a run came to, in a few words. */
export function verdictOf(
  counters: readonly Counters[],
  { failures, findings, check }: { failures: number; findings: readonly Finding[] | undefined; check: boolean },
): string {
  if (failures > 0) return `${failures} of ${counters.length} hosts failed`
  if (findings) return countsOf(findings)
  const changed = counters.reduce((sum, each) => sum + each.changed, 0)
  if (changed === 0) return 'nothing to change'
  return check ? `${changed} would change` : `${changed} changed`
}
