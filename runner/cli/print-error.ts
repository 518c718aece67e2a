import { CutoverError, type ExitStatus, exitStatus, explain } from '../errors.ts'

/** An error as a program prints it: what happened, and below it what to do. */
export const errorText = (error: unknown): string =>
  explain(error)
    .map((line, index) => (index === 0 ? `error: ${line}\n` : `  ${line}\n`))
    .join('')

/** The exit status that an error ends a program with. */
export const exitStatusOf = (error: unknown): ExitStatus =>
  error instanceof CutoverError ? error.exit : exitStatus.failed
