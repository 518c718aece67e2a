import type { HostSession } from './answer.ts'
import { OutputLines, type OutputOptions } from './output-lines.ts'
import { notBegun, refusals, scriptOf } from './script.ts'
import { type CommandEnd, type CommandRequest, createShell, type OutputStreams, type Shell } from './shell.ts'

export interface SessionShellOptions extends OutputOptions {
  /** The host's name, for errors. */
  host: string
  /** The session to use when a command starts. */
  session: () => HostSession
  /** Ends the commands. */
  signal?: AbortSignal
}

/** A shell that runs its commands in a session. */
export const shellOver = (options: SessionShellOptions): Shell =>
  createShell(options.host, (command, streams) => runInSession(options, command, streams))

/** @throws UnreachableError, or the reason of the signal that ended the command */
async function runInSession(
  { session, signal, ...output }: SessionShellOptions,
  { text, options, hasPipe }: CommandRequest,
  streams: OutputStreams,
): Promise<CommandEnd> {
  const stdout = new OutputLines(streams.stdout, output)
  const stderr = new OutputLines(streams.stderr, output)
  const deadline = new Deadline(options.timeout)
  const script = scriptOf(text, options, hasPipe)
  let exitCode: number
  try {
    exitCode = await session().run(script.text, {
      input: script.input,
      signal: signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal,
      started: () => deadline.start(),
      stdout: (bytes) => stdout.push(bytes),
      stderr: (bytes) => stderr.push(bytes),
    })
  } finally {
    deadline.clear()
    stdout.end()
    stderr.end()
  }
  signal?.throwIfAborted()
  const errors = stderr.tail.trim()
  const refusal =
    exitCode === notBegun && stdout.tail === ''
      ? refusals(options).find(({ reason }) => errors.split('\n').at(-1) === reason)
      : undefined
  const failure = deadline.signal.aborted
    ? { reason: `not done within ${(options.timeout ?? 0) / 1000} s: its processes were ended on the host` }
    : refusal
  // What a program said before, such as sudo, is shown; the reason itself is not shown twice.
  const shown = refusal ? errors.slice(0, -refusal.reason.length) : `${stdout.tail}\n${errors}`
  return { exitCode, output: shown.trim(), ...(failure && { failure }) }
}

/** The time that a command may take from its start on. */
class Deadline {
  readonly #aborter = new AbortController()
  readonly #ms: number | undefined
  #timer: NodeJS.Timeout | undefined
  constructor(ms: number | undefined) {
    this.#ms = ms
  }

  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  start(): void {
    if (this.#ms !== undefined) this.#timer = setTimeout(() => this.#aborter.abort(), this.#ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
