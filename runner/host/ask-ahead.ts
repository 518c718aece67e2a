import type { Session } from '../connection/index.ts'
import { quote } from '../quote.ts'
import type { Answer, HostSession } from './answer.ts'
import { answerOf } from './answer.ts'
import type { Fact, Facts } from './fact.ts'
import { scriptOf } from './script.ts'

/** A command of a check, and what it cost when it last ran. */
export interface Question {
  readonly script: string
  readonly input: Buffer | undefined
  /** The fact that it reads, if it reads one. */
  fact?: Fact<unknown>
  /** How long it ran on the host, in ms; undefined if that is not known. */
  ms?: number
  /** How much it printed. */
  bytes?: number
}

/** What the checks of one task have asked the host. */
export type Questions = Set<Question>

/** On a host that answers faster than this (ms), a round trip costs less than a question that is asked in vain. */
const near = 20

/** What prints more bytes than this is not asked ahead. */
const most = 64 * 1024

/**
 * Asks a host ahead of a check what the check is expected to ask, because it asked it the last time: so the question
 * travels together with the change before it. A check runs in its turn as always. If it asks what was asked ahead it
 * gets that answer, and otherwise the host is asked. An answer counts once, and until the next command that may change
 * something.
 */
export class AskAhead {
  readonly #session: () => Session
  readonly #facts: Facts
  readonly #now: () => number
  readonly #known = new Map<string, Question>()
  readonly #answers = new Map<string, Answer>()
  /** Where the answers come from. */
  #asked: Session | undefined
  #expected: (() => readonly Questions[]) | undefined
  /** The shortest time (ms) from sending a command until the host has begun it. */
  #trip = Infinity
  #ended = 0
  #given = 0

  constructor(session: () => Session, facts: Facts, now: () => number = () => performance.now()) {
    this.#session = session
    this.#facts = facts
    this.#now = now
  }

  /** How many answers were given to checks so far. */
  get given(): number {
    return this.#given
  }

  /**
   * A session as one host object uses it.
   * @param questions gets what is asked, and says that this only looks. Without it each command may change something
   */
  over(session: Session, questions?: Questions): HostSession {
    return {
      lost: () => session.lost(),
      openChannel: (script) => {
        this.forget()
        return session.openChannel(script)
      },
      run: questions
        ? (script, options = {}) => this.#look(session, questions, script, options)
        : (script, options = {}) => this.#change(session, script, options),
    }
  }

  /** Notes that a check wants a fact, also if it is known already: after a change it is read again. */
  noteFact(questions: Questions, fact: Fact<unknown>): void {
    const question = this.#question(scriptOf(fact.command.map(quote).join(' '), {}, false).text, undefined)
    question.fact = fact
    questions.add(question)
  }

  /** Resolves when all answers are read that came together with the last one. */
  arrived(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Says what is to be asked directly behind the next command that may change something. */
  expect(questions: () => readonly Questions[]): void {
    this.#expected = questions
  }

  /**
   * Says that a task has made its change. What was asked ahead counts only if the task ended with its last command: it
   * may also wait, or reach the host in another way, which takes longer.
   */
  applied(): void {
    this.#expected = undefined
    if (this.#now() - this.#ended > this.#trip / 2) this.forget()
  }

  /** Asks now what is not asked yet, so that it travels together with the next question. */
  ask(questions: readonly Questions[]): void {
    this.#send(this.#session(), questions, ({ fact }) => fact === undefined || !this.#facts.has(fact))
  }

  /** Says that answers do not count any more. */
  forget(): void {
    this.#expected = undefined
    this.#answers.clear()
  }

  /** Forgets also what was asked, and what that cost. */
  end(): void {
    this.forget()
    this.#known.clear()
  }

  #question(script: string, input: Buffer | undefined): Question {
    const key = keyOf(script, input)
    const question = this.#known.get(key) ?? { script, input }
    this.#known.set(key, question)
    return question
  }

  #change(session: Session, script: string, options: RunOptions): Promise<number> {
    const expected = this.#expected
    this.forget()
    const running = session.run(script, options)
    if (expected) this.#send(session, expected())
    return running.finally(() => (this.#ended = this.#now()))
  }

  #send(session: Session, questions: readonly Questions[], wanted: (question: Question) => boolean = () => true): void {
    if (this.#trip < near || this.#trip === Infinity) return
    if (this.#asked !== session) this.#answers.clear()
    this.#asked = session
    // What is asked in vain must not cost more than the round trip that it could have saved.
    let left = this.#trip / 2
    for (const question of new Set(questions.flatMap((each) => [...each]))) {
      const { script, input, fact, ms = Infinity, bytes = Infinity } = question
      const key = keyOf(script, input)
      if (this.#answers.has(key) || fact?.stable || ms > left || bytes > most || !wanted(question)) continue
      left -= ms
      this.#answers.set(key, answerOf(session, question))
    }
  }

  #look(session: Session, questions: Questions, script: string, options: RunOptions): Promise<number> {
    const question = this.#question(script, options.input)
    questions.add(question)
    const key = keyOf(script, options.input)
    const answer = this.#asked === session ? this.#answers.get(key) : undefined
    if (!answer) return this.#measured(session, question, options)
    this.#answers.delete(key)
    this.#given += 1
    return answer(options)
  }

  /** Asks the host, and notes how long its answer takes. */
  async #measured(session: Session, question: Question, options: RunOptions): Promise<number> {
    const sent = this.#now()
    let begun: number | undefined
    let bytes = 0
    const counted = (sink: RunOptions['stdout']) => (chunk: Buffer) => {
      bytes += chunk.length
      sink?.(chunk)
    }
    const status = await session.run(question.script, {
      ...options,
      stdout: counted(options.stdout),
      stderr: counted(options.stderr),
      started: () => {
        begun = this.#now()
        this.#trip = Math.min(this.#trip, begun - sent)
        options.started?.()
      },
    })
    if (begun !== undefined) Object.assign(question, { ms: this.#now() - begun, bytes })
    return status
  }
}

type RunOptions = NonNullable<Parameters<HostSession['run']>[1]>

const keyOf = (script: string, input: Buffer | undefined): string =>
  input === undefined ? script : `${script}\0${input.toString('base64')}`
