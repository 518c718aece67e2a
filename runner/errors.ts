/** The exit statuses of every playbook. */
export const exitStatus = { ok: 0, failed: 1, usage: 2, unreachable: 3, drift: 4, interrupted: 130 } as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** An error that is meant for the person at the terminal: what happened, and in `hint` what to do next. */
export class CutoverError extends Error {
  readonly exit: ExitStatus = exitStatus.failed
  readonly hint: string | undefined
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: unwrap(options.cause) })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** A wrong option, argument or inventory: found before any connection. */
export class UsageError extends CutoverError {
  override readonly exit = exitStatus.usage
}

/** A host that can't be worked on: no answer, wrong host key, no login, no sudo. */
export class UnreachableError extends CutoverError {
  override readonly exit = exitStatus.unreachable
}

/** The run was interrupted (Ctrl-C, SIGTERM). */
export class InterruptedError extends CutoverError {
  override readonly exit = exitStatus.interrupted
  constructor(message = 'interrupted') {
    super(message)
  }
}

/** Going on would harm what is on the host. In check mode it fails the host too: no earlier change would make it good. */
export class UnsafeError extends CutoverError {}

/** Some hosts got no further, so none goes past this point. */
export class BarrierError extends CutoverError {
  /** The errors of those hosts: they are the reason, and not this host's own. */
  readonly because: readonly unknown[]
  constructor(message: string, because: readonly unknown[] = []) {
    super(message)
    this.because = because
  }
}

/** A command that ended with a status other than 0. */
export class CommandError extends CutoverError {
  readonly command: string
  readonly exitCode: number
  readonly output: string
  constructor(command: string, exitCode: number, output: string) {
    super(`${oneLine(command)} ended with ${exitCode}`)
    this.command = command
    this.exitCode = exitCode
    this.output = output
  }
}

/** A task whose check still wants a change after its apply. */
export class NotConvergedError extends CutoverError {
  constructor(summary: string) {
    super(`not converged: after apply, check still wants: ${summary}`, {
      hint: 'Either apply does not make the change that check looks for, or something on the host undoes it at once.',
    })
  }
}

/** An error with what was lost in undoing it. */
export class UndoError extends CutoverError {
  readonly undoErrors: readonly { task: string; error: unknown }[]
  constructor(cause: unknown, undoErrors: readonly { task: string; error: unknown }[]) {
    super(message(cause), {
      cause,
      hint: `Undoing failed too, in: ${undoErrors.map(({ task, error }) => `${task} (${message(error)})`).join('; ')}.`,
    })
    this.undoErrors = undoErrors
  }
}

/** The error behind zx's: a `ProcessOutput` names neither the command nor what went wrong, but its own insides. */
export const unwrap = (error: unknown): unknown =>
  error instanceof Error && 'stdall' in error && error.cause instanceof Error ? error.cause : error

/** The first error of a chain of causes. */
export function rootCause(error: unknown): unknown {
  let at = error
  while (at instanceof Error && at.cause instanceof Error && !(at instanceof UnreachableError)) at = at.cause
  return at
}

/** The message of anything that was thrown. */
export function message(error: unknown): string {
  const told = unwrap(error)
  return told instanceof Error ? told.message : String(told)
}

/** The lines that explain an error: its message, the command's last output lines, what to do next. */
export function explain(error: unknown, lines = 12): string[] {
  const told: string[] = []
  for (
    let at = unwrap(error);
    at !== undefined && at !== null;
    at = at instanceof Error ? unwrap(at.cause) : undefined
  ) {
    const text = message(at)
    if (!told.some((line) => line.includes(text))) told.push(...text.split('\n'))
    if (at instanceof CommandError && at.output.trim())
      told.push(
        ...at.output
          .trim()
          .split('\n')
          .slice(-lines)
          .map((line) => `  ${line}`),
      )
    if (at instanceof CutoverError && at.hint) told.push(...at.hint.split('\n'))
    if (at instanceof Error && !(at instanceof CutoverError) && at.stack && isOurFault(at))
      told.push(...at.stack.split('\n').slice(1, 4))
  }
  return told
}

/** A TypeError or ReferenceError is a mistake in the code, and only its stack helps. */
const isOurFault = (error: Error): boolean => error instanceof TypeError || error instanceof ReferenceError

const oneLine = (command: string): string => {
  const line = command.replace(/\s*\n\s*/g, ' ; ').trim()
  return line.length > 200 ? `${line.slice(0, 200)} …` : line
}
