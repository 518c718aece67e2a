import { commandLine, CutoverError, type Host, MissingError } from '../../runner/index.ts'
import type { App } from '../app/index.ts'

/** What an exit status of registry.sh means; its own message follows. */
const failures: Readonly<Record<number, (name: string) => string>> = {
  6: (name) => `the registry refused to say what ${name} is`,
  7: (name) => `the registry can't say now what ${name} is`,
  8: (name) => `the registry of ${name} is not trusted`,
  9: (name) => `this host can't ask what ${name} is`,
}

/** How a script that asks the registry ended. null: it was killed. */
interface Ended {
  exitCode: number | null
  /** What is wrong, what to do, and the last words of curl or of the registry, a line each. */
  stderr: string
}

/**
 * The error for a script that asks the registry and did not get an answer.
 * @param name the image: x/shop:v2
 */
export function registryTrouble(host: Host, app: App, { exitCode, stderr }: Ended, name: string): CutoverError {
  if (exitCode === 127)
    return new MissingError(`${app.name} is not set up on ${host.name}`, {
      hint: `Run setup first: ${commandLine('setup')}`,
    })
  const failure =
    (exitCode === null ? undefined : failures[exitCode]) ??
    ((reference: string) => `the registry does not answer for ${reference}`)
  const [message = '', ...hints] = stderr.trim().split('\n')
  return new CutoverError(`${failure(name)}: ${message}`, {
    hint: [...hints, 'The running release is untouched.'].filter(Boolean).join('\n'),
  })
}
