import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { $, ProcessOutput, type Shell as ZxShell } from 'zx'
import type { Session } from './connection/session.ts'
import { CommandError } from './errors.ts'
import { quote } from './quote.ts'

/** zx's own `$`, with commands that run on a host. Arguments are quoted one by one; an array is an argv. */
export type Shell = ZxShell

export interface ShellOptions {
  signal?: AbortSignal
  /** Hears each line of output as it comes. */
  line?: (line: string) => void
  /** Takes secrets out of the output that is kept for an error. */
  mask?: (text: string) => string
}

/** What zx touches of a child process. It does not exist on this machine, so its pid is a name and not a number. */
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
const localKill = $.kill

// One `kill` for all of zx: a remote command's must never reach the local process that has its number.
$.kill = async (pid, signal) => {
  const child = children.get(String(pid))
  if (child) child.kill()
  else await localKill(pid, signal)
}

/** zx's `$` over a session. */
export function shellOver(session: Session, options: ShellOptions = {}): Shell {
  const spawn = (file: string, _args: unknown, spawnOptions: { signal?: AbortSignal; stdio?: unknown; input?: unknown }) =>
    start(session, file, spawnOptions, options)
  const shell = $({
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
  return shell
}

function start(session: Session, script: string, spawned: { signal?: AbortSignal; stdio?: unknown; input?: unknown }, options: ShellOptions): RemoteChild {
  const fed = spawned.input !== undefined && spawned.input !== null
  const child = new RemoteChild(`cutover-${++count}`, fed ? new PassThrough() : undefined)
  children.set(child.pid, child)
  const signals = [child.aborter.signal, spawned.signal, options.signal].filter((signal) => signal !== undefined)
  void settle(session, script, child, AbortSignal.any(signals), options)
  return child
}

async function settle(session: Session, script: string, child: RemoteChild, signal: AbortSignal, options: ShellOptions): Promise<void> {
  const out = new Lines(child.stdout, options)
  const err = new Lines(child.stderr, options)
  let status: number | null = null
  try {
    const input = child.stdin ? await collect(child.stdin) : undefined
    status = await session.run(script, { input, signal, stdout: (bytes) => out.push(bytes), stderr: (bytes) => err.push(bytes) })
    if (signal.aborted) throw abortReason(signal)
    if (status !== 0) throw new CommandError(script.replace(/^set -eu; /, ''), status, `${out.tail}\n${err.tail}`.trim())
  } catch (error) {
    child.emit('error', error)
  } finally {
    children.delete(child.pid)
    out.end()
    err.end()
    // zx reads both streams before it hears of the end.
    await Promise.all([drained(child.stdout), drained(child.stderr)])
    child.emit('exit', status, null)
    child.emit('close', status, null)
  }
}

const abortReason = (signal: AbortSignal): Error => (signal.reason instanceof Error ? signal.reason : new Error('aborted'))

const drained = (stream: PassThrough): Promise<void> => new Promise((resolve) => (stream.readableEnded ? resolve() : stream.once('end', resolve)))

async function collect(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Hands bytes on in whole lines, so that no character is split between two chunks, and keeps the last ones for an error. */
class Lines {
  readonly #to: PassThrough
  readonly #options: ShellOptions
  #held = Buffer.alloc(0)
  tail = ''

  constructor(to: PassThrough, options: ShellOptions) {
    this.#to = to
    this.#options = options
  }

  push(bytes: Buffer): void {
    const all = Buffer.concat([this.#held, bytes])
    const cut = all.lastIndexOf(10) + 1
    this.#held = all.subarray(cut)
    if (cut > 0) this.#give(all.subarray(0, cut))
  }

  end(): void {
    if (this.#held.length > 0) this.#give(this.#held)
    this.#to.end()
  }

  #give(bytes: Buffer): void {
    this.#to.write(bytes)
    const { line: hear, mask = (clear) => clear } = this.#options
    // Masked before it is cut: half a secret would not be known for one.
    const text = mask(bytes.toString())
    this.tail = (this.tail + text).slice(-8_000)
    if (hear) for (const line of text.split(/[\r\n]+/)) if (line.trim()) hear(line)
  }
}

/** The error behind zx's: a `ProcessOutput` names neither the command nor what went wrong. */
export function unwrap(error: unknown): unknown {
  return error instanceof ProcessOutput && error.cause instanceof Error ? error.cause : error
}
