export { diffLines } from './diff.ts'
export { maskEvent } from './mask-event.ts'
export { createReporter } from './reporter.ts'
