import { secretValues } from '../runner/secret/secret.ts'

// Unit tests share a worker, and the secrets of a process stay masked until its end: those of the files before would
// be masked in this one's output.
;(secretValues as Set<string>).clear()
