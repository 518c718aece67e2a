import type { Session } from '../connection/index.ts'

/** What a host object uses of a session. */
export type HostSession = Pick<Session, 'run' | 'openChannel' | 'lost'>

type RunOptions = NonNullable<Parameters<HostSession['run']>[1]>

/** Gives the output and the status of a command that was sent before somebody asked for it, once it has ended. */
export type Answer = (options: RunOptions) => Promise<number>

/** Sends a command now, for whoever asks for it later. Nothing is thrown if nobody does. */
export function answerOf(
  session: HostSession,
  { script, input }: { script: string; input?: Buffer | undefined },
): Answer {
  const aborter = new AbortController()
  const output: { to: 'stdout' | 'stderr'; bytes: Buffer }[] = []
  const ended = session.run(script, {
    ...(input && { input }),
    signal: aborter.signal,
    stdout: (bytes) => void output.push({ to: 'stdout', bytes }),
    stderr: (bytes) => void output.push({ to: 'stderr', bytes }),
  })
  ended.catch(() => undefined)
  return async ({ signal, started, ...sinks }) => {
    const abort = (): void => aborter.abort()
    signal?.throwIfAborted()
    signal?.addEventListener('abort', abort, { once: true })
    started?.()
    try {
      const status = await ended
      for (const { to, bytes } of output) sinks[to]?.(bytes)
      return status
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
}
