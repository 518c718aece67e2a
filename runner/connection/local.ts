import { spawn } from 'node:child_process'
import { UnreachableError } from '../errors.ts'
import type { Channel, Connection } from './connection.ts'

/**
 * This machine. `root`: the directory that is the host's root file system, where this process runs in a container
 * that has it mounted.
 */
export function localConnection(root?: string): Connection {
  const argv = root === undefined ? ['/bin/sh', '-c'] : ['chroot', root, '/bin/sh', '-c']
  return {
    open: (command) =>
      new Promise((resolve, reject) => {
        // Detached: Ctrl-C at the terminal reaches us alone, and we end what runs in our own order.
        const child = spawn(argv[0]!, [...argv.slice(1), command], { stdio: 'pipe', detached: true, cwd: '/' })
        child.stdin.on('error', () => undefined)
        child.once('error', (error) => reject(new UnreachableError(`no shell on this machine: ${error.message}`, { cause: error })))
        child.once('spawn', () => {
          const closed = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
          const channel: Channel = { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, closed, close: () => void child.stdin.end() }
          resolve(channel)
        })
      }),
    close: async () => undefined,
  }
}
