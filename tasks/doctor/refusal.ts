import type { CutoverError } from '../../runner/index.ts'
import type { Report } from './check.ts'

/** What a task of setup would refuse, as a finding in the same words. */
export const refusal = ({ message, hint }: CutoverError): Report => ({
  severity: 'error',
  text: message,
  ...(hint !== undefined && { hint }),
})
