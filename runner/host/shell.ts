import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Shell as ZxShell } from 'zx/core'
import type { Session } from '../connection/index.ts'
import { CommandError } from '../errors.ts'
import { zx } from '../packages.ts'
import { quote } from '../quote.ts'

/** zx's own `$`, with commands that run on a host. Arguments are quoted one by one; an array is an argv. */
export type Shell = ZxShell

export interface ShellOptions {
  signal?: AbortSignal
  /** Hears each line of output as it comes. */
  onLine?: (line: string) => void
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

let loaded: ReturnType<typeof zx> | undefined

/** zx. It takes its time to load: a run does that while it waits for its first host. */
export function loadShell(): ReturnType<typeof zx> {
  if (loaded) return loaded
  const { $ } = (loaded = zx())
  const localKill = $.kill
  // One `kill` for all of zx: a remote command's must never reach the local process that has its number.
  $.kill = async (pid, signal) => {
    const child = children.get(String(pid))
    if (child) child.kill()
    else await localKill(pid, signal)
  }
  return loaded
}

/** zx's `$` over a session. */
export function shellOver(session: () => Session, options: ShellOptions = {}): Shell {
  const spawn = (
    file: string,
    _args: unknown,
    spawnOptions: { signal?: AbortSignal; stdio?: unknown; input?: unknown },
  ) => start(session(), file, spawnOptions, options)
  const { $ } = loadShell()
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

function start(
  session: Session,
  script: string,
  spawned: { signal?: AbortSignal; stdio?: unknown; input?: unknown },
  options: ShellOptions,
): RemoteChild {
  const fed = spawned.input !== undefined && spawned.input !== null
  const child = new RemoteChild(`cutover-${++count}`, fed ? new PassThrough() : undefined)
  children.set(child.pid, child)
  const signals = [child.aborter.signal, spawned.signal, options.signal].filter((signal) => signal !== undefined)
  void settle(session, script, child, AbortSignal.any(signals), options)
  return child
}

async function settle(
  session: Session,
  script: string,
  child: RemoteChild,
  signal: AbortSignal,
  options: ShellOptions,
): Promise<void> {
  const out = new Lines(child.stdout, options)
  const err = new Lines(child.stderr, options)
  let status: number | null = null
  try {
    const input = child.stdin ? await collect(child.stdin) : undefined
    status = await session.run(script, {
      input,
      signal,
      stdout: (bytes) => out.push(bytes),
      stderr: (bytes) => err.push(bytes),
    })
    if (signal.aborted) throw abortReason(signal)
    if (status !== 0)
      throw new CommandError(script.replace(/^set -eu; /, ''), status, `${out.tail}\n${err.tail}`.trim())
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

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted')

const drained = (stream: PassThrough): Promise<void> =>
  new Promise((resolve) => (stream.readableEnded ? resolve() : stream.once('end', resolve)))

async function collect(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A line that goes on for longer is shown in pieces. */
const longest = 64 * 1024

/** Hands bytes on in whole characters, for zx makes text of each piece, and keeps the last ones for an error. */
class Lines {
  readonly #to: PassThrough
  readonly #options: ShellOptions
  #held: Buffer = Buffer.alloc(0)
  #line = ''
  tail = ''

  constructor(to: PassThrough, options: ShellOptions) {
    this.#to = to
    this.#options = options
  }

  push(bytes: Buffer): void {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const whole = all.length - cutOff(all)
    this.#held = all.subarray(whole)
    if (whole > 0) this.#give(all.subarray(0, whole))
  }

  end(): void {
    if (this.#held.length > 0) this.#give(this.#held)
    if (this.#line) this.#tell(this.#line)
    this.#to.end()
  }

  #give(bytes: Buffer): void {
    this.#to.write(bytes)
    this.#line += bytes.toString()
    const end = this.#line.length > longest ? this.#line.length : this.#line.lastIndexOf('\n') + 1
    if (end === 0) return
    this.#tell(this.#line.slice(0, end))
    this.#line = this.#line.slice(end)
  }

  /** Whole lines: masked before they are cut, for half a secret would not be known for one. */
  #tell(clear: string): void {
    const { onLine: hear, mask = (text) => text } = this.#options
    const text = mask(clear)
    this.tail = (this.tail + text).slice(-8_000)
    if (hear) for (const line of text.split(/[\r\n]+/)) if (line.trim()) hear(line)
  }
}

/** How many bytes at the end are the beginning of a character that goes on: at most 3 in UTF-8. */
function cutOff(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
  }
  return 0
}
