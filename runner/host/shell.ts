import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Shell as ZxShell } from 'zx/core'
import type { Session } from '../connection/index.ts'
import { CommandError } from '../errors.ts'
import { zx } from '../packages.ts'
import { quote } from '../quote.ts'
import { OutputLines, type OutputOptions } from './output-lines.ts'

/** zx's own `$`, with commands that run on a host. Each argument is quoted; an array becomes several words. */
export type Shell = ZxShell

export interface ShellOptions extends OutputOptions {
  /** Ends the commands. */
  signal?: AbortSignal
}

/**
 * The parts of a child process that zx uses. There is no such process on this machine, so its pid is a name and not a
 * number.
 */
class RemoteChild extends EventEmitter {
  readonly pid: string
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly stdin: PassThrough | undefined
  readonly aborter = new AbortController()
  constructor(pid: string, stdin: PassThrough | undefined) {
    super()
    this.pid = pid
    this.stdin = stdin
  }
  kill(): boolean {
    this.aborter.abort()
    return true
  }
}

const children = new Map<string, RemoteChild>()
let count = 0

let loaded: ReturnType<typeof zx> | undefined

/** Loads zx. That takes long, so a run does it while it waits for its first host. */
export function loadShell(): ReturnType<typeof zx> {
  if (loaded) return loaded
  const { $ } = (loaded = zx())
  const localKill = $.kill
  // zx has one `kill` for all commands. For a remote command it must never reach a local process.
  $.kill = async (pid, signal) => {
    const child = children.get(String(pid))
    if (child) child.kill()
    else await localKill(pid, signal)
  }
  return loaded
}

/** What zx passes to `spawn`. */
interface SpawnOptions {
  signal?: AbortSignal
  input?: unknown
}

/** zx's `$` that runs its commands in a session. */
export function shellOver(session: () => Session, options: ShellOptions = {}): Shell {
  const spawn = (script: string, _args: unknown, spawnOptions: SpawnOptions): RemoteChild =>
    start(session(), script, spawnOptions, options)
  const { $ } = loadShell()
  return $({
    spawn: spawn as never,
    shell: '/bin/sh',
    prefix: 'set -eu; ',
    postfix: '',
    quote,
    quiet: true,
    verbose: false,
    log: () => undefined,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function start(session: Session, script: string, spawned: SpawnOptions, options: ShellOptions): RemoteChild {
  const hasInput = spawned.input !== undefined && spawned.input !== null
  const child = new RemoteChild(`cutover-${++count}`, hasInput ? new PassThrough() : undefined)
  children.set(child.pid, child)
  const signals = [child.aborter.signal, spawned.signal, options.signal].filter((signal) => signal !== undefined)
  void run(session, script, child, { ...options, signal: AbortSignal.any(signals) })
  return child
}

/** Runs a script in the session and emits on `child` what zx expects of a process. */
async function run(
  session: Session,
  script: string,
  child: RemoteChild,
  options: ShellOptions & { signal: AbortSignal },
): Promise<void> {
  const { signal } = options
  const stdout = new OutputLines(child.stdout, options)
  const stderr = new OutputLines(child.stderr, options)
  let status: number | null = null
  try {
    const input = child.stdin ? await collect(child.stdin) : undefined
    status = await session.run(script, {
      input,
      signal,
      stdout: (bytes) => stdout.push(bytes),
      stderr: (bytes) => stderr.push(bytes),
    })
    if (signal.aborted) throw abortReason(signal)
    if (status !== 0)
      throw new CommandError(script.replace(/^set -eu; /, ''), status, `${stdout.tail}\n${stderr.tail}`.trim())
  } catch (error) {
    child.emit('error', error)
  } finally {
    children.delete(child.pid)
    stdout.end()
    stderr.end()
    // zx must have read both streams before it is told of the end.
    await Promise.all([drained(child.stdout), drained(child.stderr)])
    child.emit('exit', status, null)
    child.emit('close', status, null)
  }
}

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted')

const drained = (stream: PassThrough): Promise<void> =>
  new Promise((resolve) => (stream.readableEnded ? resolve() : stream.once('end', resolve)))

async function collect(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
