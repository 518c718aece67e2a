import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { CommandError } from '../errors.ts'
import { zx } from '../packages.ts'
import { type Argument, hasPipe, quoteArguments, verifyArguments } from './arguments.ts'
import { type CommandOptions, describeCommand, mergeOptions } from './command-options.ts'
import { Output } from './output.ts'

/** A command that runs. It is rejected with a `CommandError` if the command fails. */
export type Command = Promise<Output>

/** Runs commands on a host: $`…`, or with options $({ … })`…`. Each value is quoted; an array becomes several words. */
export interface Shell {
  /** @throws TypeError at once, for a value that is no word or stands where a shell would not read it as one */
  (pieces: TemplateStringsArray, ...args: readonly Argument[]): Command
  /** The same shell with these options, in addition to those that it has. @throws TypeError for a wrong option */
  (options: CommandOptions): Shell
}

/** A command as a host gets it. */
export interface CommandRequest {
  /** What the author wrote, with the values quoted. */
  text: string
  /** The same for people, with the options. */
  description: string
  options: CommandOptions
  hasPipe: boolean
}

/** Takes the output of a command, in whole characters. */
export interface OutputStreams {
  stdout: PassThrough
  stderr: PassThrough
}

/** How a command ended: with a status, and with a reason if that does not say why it failed. */
export interface CommandEnd {
  exitCode: number
  /** The end of its output, for an error. */
  output: string
  failure?: { reason: string; hint?: string }
}

/** Runs a command and writes its output. It rejects only if there is no exit status, as for a lost connection. */
export type RunCommand = (command: CommandRequest, streams: OutputStreams) => Promise<CommandEnd>

/** The parts of a child process that zx uses. There is no such process on this machine. */
class RemoteChild extends EventEmitter implements OutputStreams {
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
}

let loaded: ReturnType<typeof zx> | undefined

const library = (): ReturnType<typeof zx> => (loaded ??= zx())

/** Loads zx. That takes long, so a run does it while it waits for its first host. */
export const loadShell = (): void => void library()

/** A shell whose commands are run by a function. @param host the host's name, for errors */
export function createShell(host: string, run: RunCommand, options: CommandOptions = {}): Shell {
  const shell = (first: unknown, ...args: readonly unknown[]): Shell | Command => {
    if (!isTemplate(first)) return createShell(host, run, mergeOptions(options, first))
    try {
      verifyArguments(first, args)
    } catch (error) {
      // The error's place is the author's.
      if (error instanceof TypeError) Error.captureStackTrace(error, shell)
      throw error
    }
    return runTemplate(first, args, { host, run, options })
  }
  return shell as Shell
}

const isTemplate = (value: unknown): value is TemplateStringsArray => Array.isArray(value) && 'raw' in value

interface ShellParts {
  host: string
  run: RunCommand
  options: CommandOptions
}

/** @throws CommandError */
async function runTemplate(
  pieces: TemplateStringsArray,
  args: readonly Argument[],
  { host, run, options }: ShellParts,
): Command {
  let description = ''
  let end: CommandEnd | undefined
  let error: unknown
  const { stdout, stderr } = await zxCommand(pieces, args, async (text, streams) => {
    description = describeCommand(text, options)
    try {
      end = await run({ text, description, options, hasPipe: hasPipe(pieces) }, streams)
    } catch (cause) {
      error = cause
    }
  })
  if (!end) throw error
  const { exitCode, output, failure } = end
  if (failure || (exitCode !== 0 && options.nothrow !== true))
    throw new CommandError(description, { host, exitCode, output, ...failure })
  return new Output(stdout, stderr, exitCode)
}

/**
 * Makes a command of a template and collects its output, by zx. Errors are the caller's: for zx each command succeeds.
 * @param start runs the command. It never rejects.
 */
async function zxCommand(
  pieces: TemplateStringsArray,
  args: readonly Argument[],
  start: (text: string, streams: OutputStreams) => Promise<void>,
): Promise<{ stdout: string; stderr: string }> {
  const spawn = (text: string): RemoteChild => {
    const child = new RemoteChild()
    void start(text, child).then(async () => {
      child.stdout.end()
      child.stderr.end()
      // zx must have read both streams before it is told of the end.
      await Promise.all([drained(child.stdout), drained(child.stderr)])
      child.emit('exit', 0, null)
      child.emit('close', 0, null)
    })
    return child
  }
  const { $ } = library()
  // zx takes defaults from variables such as ZX_PREFIX, so each setting is given here.
  const command = $({
    spawn: spawn as never,
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    // The words are quoted already, each for its place.
    quote: (words: string) => words,
    quiet: true,
    verbose: false,
    nothrow: true,
    timeout: 0,
    preferLocal: false,
    detached: false,
    log: () => undefined,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return command(pieces, ...quoteArguments(pieces, args))
}

const drained = (stream: PassThrough): Promise<void> =>
  new Promise((resolve) => (stream.readableEnded ? resolve() : stream.once('end', resolve)))
