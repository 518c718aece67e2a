import { randomBytes } from 'node:crypto'
import { dockerConnection } from '../runner/connection/docker.ts'
import { Session } from '../runner/connection/session.ts'
import { Facts } from '../runner/host/fact.ts'
import { createHost, type Host } from '../runner/host/host.ts'
import { docker, engineEnv, ensureEngine } from './engine.ts'
import { ensureImage, host as hostImage, tagOf } from './images.ts'

/** A host to try a task on: a real Debian (without systemd running) in a container, there in a second and gone afterwards. */
export interface ThrowAway {
  host: Host
  /** Another session to the same host, for what goes on beside. */
  second: Host
  facts: Facts
  /** The lines that commands of `host` showed a person. */
  told: string[]
  close(): Promise<void>
}

/**
 * @param options of `docker run`: without any it has no network
 * @throws LabUnavailable where this machine can't run one
 */
export async function throwAway(
  say: (line: string) => void = () => undefined,
  options: readonly string[] = ['--network', 'none'],
): Promise<ThrowAway> {
  await ensureEngine(say)
  await ensureImage(hostImage, say)
  const name = `cutover-throw-away-${randomBytes(4).toString('hex')}`
  await docker([
    'run',
    '--detach',
    '--rm',
    '--init',
    '--name',
    name,
    ...options,
    '--entrypoint',
    'sleep',
    tagOf(hostImage),
    'infinity',
  ])
  // The docker program finds the lab's engine by its environment.
  Object.assign(process.env, engineEnv())
  const sessions = [
    new Session(name, dockerConnection(name), { method: 'none' }),
    new Session(name, dockerConnection(name), { method: 'none' }),
  ] as const
  await Promise.all(sessions.map((session) => session.open()))
  const facts = new Facts()
  const told: string[] = []
  const over = (session: Session): Host =>
    createHost({
      name,
      login: { address: '127.0.0.1', port: 22, user: 'root' },
      session: () => session,
      facts,
      onLine: (line, live) => void (live && told.push(line)),
    })
  return {
    host: over(sessions[0]),
    second: over(sessions[1]),
    facts,
    told,
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()))
      await docker(['rm', '--force', name])
    },
  }
}
