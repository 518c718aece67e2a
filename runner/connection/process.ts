import { spawn } from 'node:child_process'
import { UnreachableError } from '../errors.ts'
import type { Channel } from './connection.ts'

/**
 * Starts a command as a process of this machine.
 * @param problem what the error message says first, for example `no shell on this machine`.
 * @throws UnreachableError if the process cannot be started
 */
export const processChannel = (argv: readonly string[], problem: string): Promise<Channel> =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = argv
    // Detached: Ctrl-C at the terminal must reach this process alone, which then ends the commands in its own order.
    const child = spawn(file, args, { stdio: 'pipe', detached: true, cwd: '/' })
    child.stdin.on('error', () => undefined)
    child.once('error', (error) => reject(new UnreachableError(`${problem}: ${error.message}`, { cause: error })))
    child.once('spawn', () => {
      const closed = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
      resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        closed,
        close: () => void child.stdin.end(),
      })
    })
  })
