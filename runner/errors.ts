/** The exit statuses of every playbook. */
export const exitStatus = { ok: 0, failed: 1, usage: 2, unreachable: 3, drift: 4, warned: 5, interrupted: 130 } as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** An error for the person at the terminal: the message says what happened, and `hint` what to do next. */
export class CutoverError extends Error {
  readonly exit: ExitStatus = exitStatus.failed
  readonly hint: string | undefined
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** A wrong option, argument or inventory, found before any connection is made. */
export class UsageError extends CutoverError {
  override readonly exit = exitStatus.usage
}

/** A host that cannot be used: no answer, wrong host key, no login, no sudo. */
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

/**
 * To go on would damage something on the host. It fails the host in check mode too: no earlier change would prevent
 * it.
 */
export class UnsafeError extends CutoverError {}

/**
 * Something on the host that a task needs is not there, or not yet: a user, a package, a unit. In check mode an earlier
 * task of the run may be about to make it.
 */
export class MissingError extends CutoverError {}

/** Some hosts failed before this point, so no host goes past it. */
export class BarrierError extends CutoverError {
  /** The errors of those other hosts. */
  readonly because: readonly unknown[]
  constructor(message: string, because: readonly unknown[] = []) {
    super(message)
    this.because = because
  }
}

export interface CommandFailure {
  /** The name of the host. */
  host: string
  exitCode: number
  /** The end of what it printed, without secrets. */
  output: string
  /** Why it failed, if its status does not say it. */
  reason?: string
  hint?: string
}

/** A command that failed: it ended with a status other than 0, was not done in time, or could not begin. */
export class CommandError extends CutoverError {
  readonly command: string
  readonly host: string
  readonly exitCode: number
  readonly output: string
  constructor(command: string, { host, exitCode, output, reason, hint }: CommandFailure) {
    super(reason === undefined ? `${oneLine(command)} ended with ${exitCode}` : `${oneLine(command)}: ${reason}`, {
      hint,
    })
    this.command = command
    this.host = host
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

/** An error after which undoing earlier tasks failed too. */
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

/** The first error of a chain of causes; an UnreachableError ends the search, because it is the reason that matters. */
export function rootCause(error: unknown): unknown {
  let at = error
  while (at instanceof Error && at.cause instanceof Error && !(at instanceof UnreachableError)) at = at.cause
  return at
}

/** The message of anything that was thrown. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The lines that explain an error and its causes: message, the last output lines of the command, hint. A message that
 * a line contains already is not repeated.
 */
export function explain(error: unknown, outputLines = 12): string[] {
  const explained: string[] = []
  for (const cause of causes(error)) {
    const text = message(cause)
    if (!explained.some((line) => line.includes(text))) explained.push(...text.split('\n'))
    if (cause instanceof CommandError && cause.output.trim())
      explained.push(
        ...cause.output
          .trim()
          .split('\n')
          .slice(-outputLines)
          .map((line) => `  ${line}`),
      )
    if (cause instanceof CutoverError && cause.hint) explained.push(...cause.hint.split('\n'))
    if (isBug(cause) && cause.stack) explained.push(...cause.stack.split('\n').slice(1, 4))
  }
  return explained
}

/** The lines of an error and its causes that say what to do. */
export const hintsOf = (error: unknown): string[] =>
  causes(error).flatMap((cause) => (cause instanceof CutoverError && cause.hint ? cause.hint.split('\n') : []))

/** An error, its cause, the cause of that, and so on. */
function causes(error: unknown): unknown[] {
  if (error === undefined || error === null) return []
  return [error, ...(error instanceof Error ? causes(error.cause) : [])]
}

/** A TypeError or ReferenceError is a mistake in the code, and only its stack shows where. */
const isBug = (error: unknown): error is Error => error instanceof TypeError || error instanceof ReferenceError

const oneLine = (command: string): string => {
  const line = command.replace(/\s*\n\s*/g, ' ; ').trim()
  return line.length > 200 ? `${line.slice(0, 200)} …` : line
}
