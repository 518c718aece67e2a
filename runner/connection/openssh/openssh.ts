import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import { processChannel } from '../process.ts'
import type { SshTarget } from '../target.ts'
import { opensshError } from './error.ts'
import { type OpensshOptions, opensshOptions } from './options.ts'

/**
 * A connection through the `ssh` program. It can do what ssh2 cannot (FIDO keys, certificates, GSSAPI), and it reads
 * your ssh_config itself. One master process holds the connection, and each command goes through it.
 * @throws UnreachableError
 */
export async function opensshConnection(target: SshTarget, options: OpensshOptions): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-ssh-'))
  const socket = join(folder, 'control')
  const common = [...opensshOptions(target, options, process.stdin.isTTY), '-S', socket]
  try {
    await startMaster([...common, '-M', '-N', '-f', target.alias], target)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    open: (command) =>
      processChannel(
        ['ssh', ...common, '-o', 'ControlMaster=no', '-T', target.alias, command],
        `${target.name}: no ssh`,
      ),
    close: async () => {
      const channel = await processChannel(['ssh', '-S', socket, '-O', 'exit', target.alias], 'no ssh').catch(
        () => undefined,
      )
      channel?.stdout.resume()
      channel?.stderr.resume()
      await channel?.closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Starts the master process, which goes to the background once it is logged in. Where ssh must ask for something, it
 * asks at the terminal.
 * @throws UnreachableError
 */
const startMaster = (args: readonly string[], target: SshTarget): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: ['inherit', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', (error) =>
      reject(
        new UnreachableError(`${target.name}: there is no ssh program: ${error.message}`, {
          cause: error,
          hint: 'Install openssh-client, or use `connection: ssh`.',
        }),
      ),
    )
    // The event `close` does not come, because the master in the background keeps the streams open.
    child.once('exit', (code) => {
      child.stderr.destroy()
      if (code === 0) resolve()
      else reject(opensshError(stderr.trim(), target))
    })
  })
