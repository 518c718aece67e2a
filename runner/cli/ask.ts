import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from '../errors.ts'
import type { StepAnswer } from '../play/index.ts'

export interface AskOptions {
  /** Ends the question. */
  signal?: AbortSignal
  /** Shows nothing of the answer, for a password. */
  hidden?: boolean
}

/**
 * Asks a question at the terminal, on standard error: standard output may be a file or a pipe.
 * Ctrl-C at the question interrupts the program as it does everywhere else.
 * @returns the answer, without blanks at both ends (a hidden one exactly as it was typed)
 */
export async function ask(question: string, { signal, hidden = false }: AskOptions = {}): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  if (hidden) process.stderr.write(question)
  const terminal = createInterface({
    input: process.stdin,
    output: hidden ? silent : process.stderr,
    ...(hidden && { terminal: true }),
  })
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await terminal.question(hidden ? '' : question, { signal })
    return hidden ? answer : answer.trim()
  } finally {
    terminal.close()
    if (hidden) process.stderr.write('\n')
  }
}

/** Asks for a password. @throws UsageError without a terminal */
export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${question.trim().replace(/:$/, '')}: there is no terminal to ask at`, {
      hint: 'Give it by a secret reference in the inventory: password, become_password, identity_passphrase.',
    })
  return ask(question, { hidden: true })
}

/** Asks before each task, with `--step`. @throws UsageError without a terminal */
export function askBeforeTask(signal: AbortSignal): (task: string) => Promise<StepAnswer> {
  if (!process.stdin.isTTY) throw new UsageError('--step asks before each task, and there is no terminal to ask at')
  return async (task) => {
    const answer = await ask(`${task}? [y]es, [n]o, [c]ontinue without asking: `, { signal })
    const letter = answer.slice(0, 1).toLowerCase()
    return letter === 'n' ? 'no' : letter === 'c' ? 'continue' : 'yes'
  }
}
