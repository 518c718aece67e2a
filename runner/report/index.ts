export { diffLines } from './diff.ts'
export { maskEvent } from './mask-event.ts'
export { createReporter, reportFiles } from './reporter.ts'
