import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from '../errors.ts'
import type { StepAnswer } from '../play/index.ts'

export interface AskOptions {
  /** Ends the question without an answer. */
  signal?: AbortSignal
  /** Does not show the answer while it is typed, for a password. */
  hidden?: boolean
}

/**
 * Asks a question at the terminal. It is printed on standard error, because standard output may be a file or a pipe.
 * Ctrl-C interrupts the program as usual.
 * @returns the answer without spaces at both ends; a hidden answer exactly as it was typed
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

/** Asks for a password. @throws UsageError if there is no terminal */
export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${question.trim().replace(/:$/, '')}: there is no terminal to ask at`, {
      hint: 'Give it by a secret reference in the inventory: password, become_password, identity_passphrase.',
    })
  return ask(question, { hidden: true })
}

/** Makes the function that asks before each task, with `--step`. @throws UsageError if there is no terminal */
export function askBeforeTask(signal: AbortSignal): (task: string) => Promise<StepAnswer> {
  if (!process.stdin.isTTY) throw new UsageError('--step asks before each task, and there is no terminal to ask at')
  return async (task) => {
    const answer = await ask(`${task}? [y]es, [n]o, [c]ontinue without asking: `, { signal })
    const letter = answer.slice(0, 1).toLowerCase()
    return letter === 'n' ? 'no' : letter === 'c' ? 'continue' : 'yes'
  }
}
