import { spawn } from 'node:child_process'
import { UnreachableError } from '../errors.ts'
import type { Channel } from './connection.ts'

/** A command as a process of this machine. @throws UnreachableError if it can't be started */
export const processChannel = (argv: readonly string[], what: string): Promise<Channel> =>
  new Promise((resolve, reject) => {
    const [file, ...args] = argv as [string, ...string[]]
    // Detached: Ctrl-C at the terminal reaches us alone, and we end what runs in our own order.
    const child = spawn(file, args, { stdio: 'pipe', detached: true, cwd: '/' })
    child.stdin.on('error', () => undefined)
    child.once('error', (error) => reject(new UnreachableError(`${what}: ${error.message}`, { cause: error })))
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
