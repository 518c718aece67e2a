/** What holds when a file of unit tests begins, whatever the files before it in its worker have done. */
import { vi } from 'vitest'
import { secretValues } from '../runner/secret/secret.ts'

vi.useRealTimers()
// Secrets of a process stay masked until its end, so those of other files would be masked in this one's output.
;(secretValues as Set<string>).clear()
