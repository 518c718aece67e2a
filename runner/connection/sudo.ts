import { Transform, type TransformCallback } from 'node:stream'
import { UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Become } from './connection.ts'

/**
 * A command for a login shell that runs another as the user whom a host's tasks become.
 * @param marker a word that nobody else writes. Where a password is at hand, a gate waits for it (see `SudoGate`).
 */
export function asUser(become: Become, marker: string, command: string): string {
  // What programs print is read: in their own words, with a point in a decimal.
  const locale = 'env LC_ALL=C'
  if (become.method === 'none') return `exec ${locale} ${command}`
  const as = become.user === undefined ? '' : `-u ${quote(become.user)} `
  if (!become.password) return `exec ${locale} sudo -n ${as}-- ${locale} ${command}`
  // The words of the marks are put together by the host: a login shell that shows what it runs (set -x) shows no mark.
  const says = (word: string): string => `sh -c ${quote(`printf %s-%s "$0" ${word} >&2; exec "$@"`)} ${marker}`
  return `exec ${locale} ${says('sudo')} sudo -S -p ${marker}-asks ${as}-- ${locale} ${says('in')} ${command}`
}

/** So long (ms) nothing follows a prompt: a text that was cut there goes on sooner. */
const quiet = 400

/** A prompt that is not ours: PAM's own, which sudo leaves as it is where it is no plain `Password:`. */
const othersPrompt = /(?:^|\n)[^\n]*(?:password|passphrase|passcode|kennwort|passwort|\bpin\b)[^\n]*:\s*$/i

/** Asked for after the password: a new one. */
const expiredPrompt = /(?:^|\n)[^\n]*(?:current|new|retype|old)[^\n]*password[^\n]*:\s*$/i

/**
 * A command's standard error on its way through sudo. It gives the password when sudo asks, and not before: sudo-rs throws away
 * what was sent ahead, and where sudo does not ask, a shell would run it. What is said before the command begins is kept; what
 * comes then is handed on.
 */
export class SudoGate extends Transform {
  /** Resolves when the command runs. Rejects with what was said when it does not. */
  readonly entered: Promise<void>
  readonly #marker: string
  readonly #answer: () => void
  #resolve!: () => void
  #reject!: (error: Error) => void
  #at: 'login' | 'sudo' | 'in' = 'login'
  #held = ''
  #said = ''
  #asked: 'never' | 'by us' | 'by others' = 'never'
  #prompt: NodeJS.Timeout | undefined

  /** @param answer sends the password. */
  constructor(marker: string, answer: () => void) {
    super()
    this.#marker = marker
    this.#answer = answer
    this.entered = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]))
    this.entered.catch(() => undefined)
  }

  /** What sudo, and the login shell before it, has said so far. */
  get said(): string {
    return (this.#said + this.#held).trim()
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    clearTimeout(this.#prompt)
    if (this.#at === 'in') return done(null, chunk)
    this.#held += chunk.toString('latin1')
    if (this.#at === 'login' && this.#past('sudo')) this.#at = 'sudo'
    if (this.#at === 'login' || !this.#hear()) return done()
    this.#at = 'in'
    this.#resolve()
    done(null, Buffer.from(this.#held, 'latin1'))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#prompt)
    this.#reject(error ?? new Error(this.said))
    done(null)
  }

  override _flush(done: TransformCallback): void {
    this.#reject(new Error(this.said || 'the connection was closed'))
    done()
  }

  /** Answers sudo. Whether it is through, and the command runs. */
  #hear(): boolean {
    if (this.#past('in')) return true
    if (this.#past('asks')) this.#ask('by us')
    else if (this.#asked === 'never' && othersPrompt.test(this.#held))
      this.#prompt = setTimeout(() => this.#ask('by others'), quiet)
    else if (this.#asked !== 'never' && expiredPrompt.test(this.#held)) this.#reject(new Error(this.said))
    return false
  }

  /** Whether a mark has come; what stood before it is kept as said. */
  #past(word: string): boolean {
    const mark = `${this.#marker}-${word}`
    const at = this.#held.indexOf(mark)
    if (at < 0) return false
    this.#said += this.#held.slice(0, at)
    this.#held = this.#held.slice(at + mark.length)
    return true
  }

  #ask(who: 'by us' | 'by others'): void {
    const again = this.#asked === who
    this.#asked = who
    if (again) return this.#reject(new Error(`incorrect password\n${this.said}`))
    this.#answer()
  }
}

/** What may be said, what that means, and what to do about it. */
type Said = readonly [RegExp, string, string]

/** What a person can do about a shell that did not open. @param said what sudo, or the login shell, said */
export function entryError(host: string, become: Become, said: string, cause: unknown): UnreachableError {
  if (cause instanceof UnreachableError) return cause
  const hit = (become.method === 'sudo' ? known : [expired]).find(([pattern]) => pattern.test(said))
  if (hit) return new UnreachableError(`${host}: ${hit[1]}`, { hint: hit[2] })
  return new UnreachableError(`${host}: no shell${become.method === 'sudo' ? ' through sudo' : ''}: ${said}`, { cause })
}

/** What sshd says too. */
const expired: Said = [
  /(account|password)[^\n]* expired|change your password|(current|new|retype)[^\n]*password:/i,
  'the password of this user has expired, and must be changed first',
  'Log in with ssh and change it (passwd); where `password` or `become_password` reads it, put the new one.',
]

/** What sudo and sudo-rs say, in the order in which it counts. */
const known: readonly Said[] = [
  [
    /must have a tty/,
    'sudo wants a terminal (requiretty), and there is none',
    'Allow it to do without for this user, in a file of its own (visudo -f /etc/sudoers.d/NAME): Defaults:USER !requiretty',
  ],
  [
    /not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm sorry [^]*I'm afraid I can't do that/,
    'this user may not use sudo',
    'Log in as another user (`user:` in the inventory), or give this one sudo: adduser NAME sudo.',
  ],
  expired,
  [
    /password is required|a terminal is required|interactive authentication is required/,
    'sudo asks for a password',
    'Give it with become_password (a secret reference) in the inventory, or allow this user in /etc/sudoers.d: NAME ALL=(ALL) NOPASSWD:ALL.\nIf this user may not use sudo at all: adduser NAME sudo, or log in as another (`user`).',
  ],
  [
    /incorrect (password|authentication)|Sorry, try again|Authentication failed/i,
    'sudo did not take the password in become_password',
    'It is the password of the user who logs in (or of root, where sudoers has rootpw): mend the secret that become_password names.',
  ],
  [
    /sudo: (command )?not found|sudo['’]?: No such file/,
    'there is no sudo',
    'Install it, or log in as root with `become: none`.',
  ],
  [
    /no new privileges|setuid bit|effective uid is not 0/,
    'sudo may not become another user here',
    'Its file system is mounted with nosuid, or the container runs with no-new-privileges: log in as root with `become: none`.',
  ],
]
