export { diffLines } from './diff.ts'
export { createReporter, outputs, type ReportOptions } from './reporter.ts'
