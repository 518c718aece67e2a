export { diffLines } from './diff.ts'
export { outputs } from './kinds.ts'
export { maskEvent } from './mask-event.ts'
export { createReporter, type ReportOptions } from './reporter.ts'
