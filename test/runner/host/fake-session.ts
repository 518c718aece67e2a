import type { RunOptions } from '../../../runner/connection/session/pending-commands.ts'
import type { Session } from '../../../runner/connection/session/session.ts'
import { type FakeConnection, newConnection } from '../connection/fake-channel.ts'

/** What a command prints and how it ends: by its status, or by an error. Without either it runs until it is aborted. */
export interface Output {
  stdout?: string | Buffer
  stderr?: string
  status?: number
  error?: Error
}

export interface FakeSession {
  session: Session
  /** The scripts that were run, in order. */
  scripts: string[]
  inputs: (string | undefined)[]
  /** Has the channels that were opened for single commands. */
  connection: FakeConnection
}

/** A session that answers each command with the next output, and the rest with nothing and status 0. */
export function fakeSession(...outputs: Output[]): FakeSession {
  const [scripts, inputs, connection] = [[] as string[], [] as (string | undefined)[], newConnection()]
  const run = (script: string, { input, stdout, stderr, signal }: RunOptions): Promise<number> => {
    scripts.push(script)
    inputs.push(input?.toString())
    const output = outputs.shift() ?? { status: 0 }
    if (output.stdout !== undefined) stdout?.(Buffer.from(output.stdout))
    if (output.stderr !== undefined) stderr?.(Buffer.from(output.stderr))
    if (output.error) return Promise.reject(output.error)
    if (output.status !== undefined) return Promise.resolve(output.status)
    return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(143)))
  }
  const session = { run, openChannel: (script: string) => connection.open(script) } as unknown as Session
  return { session, scripts, inputs, connection }
}
