import { Transform, type TransformCallback } from 'node:stream'

/**
 * How long (ms) nothing may follow a prompt that is not ours before it is answered. A text that only looks like a
 * prompt because a chunk ends there goes on sooner.
 */
const quietTime = 400

/** A prompt that is not ours: sudo shows the prompt of PAM unless that is just `Password:`. */
const foreignPrompt = /(?:^|\n)[^\n]*(?:password|passphrase|passcode|kennwort|passwort|\bpin\b)[^\n]*:\s*$/i

/** After the password: the prompt for a new one, because the old one has expired. */
const expiredPrompt = /(?:^|\n)[^\n]*(?:current|new|retype|old)[^\n]*password[^\n]*:\s*$/i

/**
 * Reads a command's standard error while sudo starts it. It gives the password when sudo asks, and not before: sudo-rs
 * discards what was sent ahead, and if sudo does not ask, the shell would run it. What is printed before the command
 * begins is kept for error messages; what is printed after that is handed on.
 */
export class SudoGate extends Transform {
  /** Resolves when the command runs. Rejects with what was printed if it does not. */
  readonly entered: Promise<void>
  readonly #marker: string
  readonly #sendPassword: () => void
  #resolve!: () => void
  #reject!: (error: Error) => void
  /** What runs now: the login shell, sudo, or the command. */
  #stage: 'login' | 'sudo' | 'command' = 'login'
  /** Text after the last mark. */
  #pending = ''
  /** Text before the last mark. */
  #printed = ''
  /** Who asked for the password last: sudo with our prompt, or PAM with its own. */
  #askedBy: 'nobody' | 'sudo' | 'pam' = 'nobody'
  #promptTimer: NodeJS.Timeout | undefined

  constructor(marker: string, sendPassword: () => void) {
    super()
    this.#marker = marker
    this.#sendPassword = sendPassword
    this.entered = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]))
    this.entered.catch(() => undefined)
  }

  /** What the login shell and sudo have printed so far. */
  get said(): string {
    return (this.#printed + this.#pending).trim()
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    clearTimeout(this.#promptTimer)
    if (this.#stage === 'command') return done(null, chunk)
    this.#pending += chunk.toString('latin1')
    if (this.#stage === 'login' && this.#takeMark('sudo')) this.#stage = 'sudo'
    if (this.#stage === 'login' || !this.#readSudo()) return done()
    this.#stage = 'command'
    this.#resolve()
    done(null, Buffer.from(this.#pending, 'latin1'))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#promptTimer)
    this.#reject(error ?? new Error(this.said))
    done(null)
  }

  override _flush(done: TransformCallback): void {
    this.#reject(new Error(this.said || 'the connection was closed'))
    done()
  }

  /** Answers sudo if it asks. The result is whether sudo is done and the command runs. */
  #readSudo(): boolean {
    if (this.#takeMark('in')) return true
    if (this.#takeMark('asks')) this.#answer('sudo')
    else if (this.#askedBy === 'nobody' && foreignPrompt.test(this.#pending))
      this.#promptTimer = setTimeout(() => this.#answer('pam'), quietTime)
    else if (this.#askedBy !== 'nobody' && expiredPrompt.test(this.#pending)) this.#reject(new Error(this.said))
    return false
  }

  /** Whether a mark has come. The text before it is moved to what was printed. */
  #takeMark(word: string): boolean {
    const mark = `${this.#marker}-${word}`
    const start = this.#pending.indexOf(mark)
    if (start < 0) return false
    this.#printed += this.#pending.slice(0, start)
    this.#pending = this.#pending.slice(start + mark.length)
    return true
  }

  #answer(asker: 'sudo' | 'pam'): void {
    const askedAgain = this.#askedBy === asker
    this.#askedBy = asker
    if (askedAgain) return this.#reject(new Error(`incorrect password\n${this.said}`))
    this.#sendPassword()
  }
}
