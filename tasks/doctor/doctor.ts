import { type Change, type Finding, type Task, task, UnsafeError } from '../../runner/index.ts'
import type { Patient } from './check.ts'
import { examine } from './examine.ts'

/**
 * Refuses a host that is not fit, before anything is changed, with all that is in the way. A warning is told, once.
 * @param tell hears of each warning
 */
export function doctor(patient: Patient, tell: (note: string) => void): Task {
  const told = new Set<string>()
  return task<Change>({
    name: 'doctor',
    check: async (host) => {
      const findings = await examine(host, { ...patient, onlyNewNames: true })
      // Its hint may have the very words of a program, which differ each time.
      for (const { text, hint } of findings.filter(({ severity, text }) => severity === 'warning' && !told.has(text))) {
        tell(`warning: ${text}${hint === undefined ? '' : `\n  ${hint.replaceAll('\n', '\n  ')}`}`)
        told.add(text)
      }
      refuse(findings.filter(({ severity }) => severity === 'error'))
      return null
    },
    apply: async () => undefined,
  })
}

/** @throws CutoverError if there are errors */
function refuse(errors: readonly Finding[]): void {
  const [first, ...others] = errors
  if (!first) return
  if (others.length === 0) throw new UnsafeError(first.text, { hint: first.hint })
  throw new UnsafeError(`${errors.length} things are in the way: ${errors.map(({ text }) => text).join('; ')}`, {
    hint: errors.flatMap(({ subject, hint }) => (hint === undefined ? [] : [`${subject}: ${hint}`])).join('\n'),
  })
}
