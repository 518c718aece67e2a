import { CommandError, type Host, quote } from '../../runner/index.ts'
import { pull } from './image.ts'
import { pullError } from './pull-error.ts'
import { type Pulled, PullProgress, pulledText, pullSummary } from './pull-progress.ts'

/** How often the progress is shown, in ms. */
const interval = 1_000

/**
 * `docker pull` says how many bytes have come only at a terminal, so it gets one from `script`, where there is one. The
 * last line is its exit status.
 */
const scriptOf = (reference: string): string => {
  const command = `docker pull ${quote(reference)}`
  return `status=0
if command -v script >/dev/null; then
  SHELL=/bin/sh TERM=xterm script -qefc ${quote(command)} /dev/null </dev/null 2>&1 || status=$?
else ${command} </dev/null 2>&1 || status=$?
fi
printf '\\nended %s\\n' "$status"`
}

/** A pull that runs beside other work on the host, on a channel of its own. It ends with the connection at the latest. */
export class BegunPull {
  readonly #reference: string
  readonly #began = performance.now()
  readonly #progress = new PullProgress()
  readonly #said: string[] = []
  /** Its exit status; null if the connection did not tell. It never rejects. */
  readonly #ended: Promise<number | null>

  constructor(host: Host, reference: string) {
    this.#reference = reference
    this.#ended = host
      .spawn(scriptOf(reference))
      .then((command) => this.#read(command.line))
      .catch(() => null)
  }

  /**
   * Waits for its end, and shows its progress meanwhile. If it did not work for a reason that nobody knows, such as a
   * host without such a terminal, the image is pulled anew.
   * @throws CutoverError that explains why the registry did not give it
   */
  async wait(host: Host, signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.#tell(host, pulledText), interval)
    const status = await Promise.race([this.#ended, aborted(signal)]).finally(() => clearInterval(timer))
    signal.throwIfAborted()
    if (this.#progress.pulled.bytes > 0) this.#tell(host, pullSummary)
    if (status === 0) return
    const error = new CommandError(`docker pull ${this.#reference}`, {
      host: host.name,
      exitCode: status ?? 1,
      output: this.#said.join('\n'),
    })
    const known = pullError(this.#reference, error)
    if (status !== null && known !== error) throw known
    await pull(host, this.#reference)
  }

  async #read(nextLine: () => Promise<string | null>): Promise<number | null> {
    for (let line = await nextLine(); line !== null; line = await nextLine()) {
      const text = this.#progress.read(line)
      const [, status] = /^ended (\d+)$/.exec(text ?? '') ?? []
      if (status !== undefined) return Number(status)
      if (text) this.#said.push(text)
    }
    return null
  }

  #tell(host: Host, textOf: (pulled: Pulled, ms: number) => string): void {
    const { pulled } = this.#progress
    host.progress(textOf(pulled, performance.now() - this.#began), { bytes: pulled.bytes, total: pulled.total })
  }
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
