export { diffLines } from './diff.ts'
export { outputs } from './kinds.ts'
export { maskEvent } from './mask-event.ts'
export { createReporter } from './reporter.ts'
