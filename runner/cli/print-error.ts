import { CutoverError, type ExitStatus, exitStatus, explain } from '../errors.ts'

/** An error as a program prints it: what happened, and below it what to do. */
export const errorText = (error: unknown): string =>
  explain(error)
    .map((line, index) => (index === 0 ? `error: ${line}\n` : `  ${line}\n`))
    .join('')

/** The exit status that an error ends a program with. */
export const exitStatusOf = (error: unknown): ExitStatus =>
  error instanceof CutoverError ? error.exit : exitStatus.failed

/** Does a program's work and returns its exit status. An error is printed, and its own status returned. */
export async function printingErrors(
  work: () => Promise<number>,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<number> {
  try {
    return await work()
  } catch (error) {
    write(errorText(error))
    return exitStatusOf(error)
  }
}
