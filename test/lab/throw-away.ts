import { randomBytes } from 'node:crypto'
import { dockerConnection } from '../../runner/connection/docker.ts'
import { Session } from '../../runner/connection/session.ts'
import { Facts } from '../../runner/fact.ts'
import { createHost, type Host } from '../../runner/host.ts'
import { docker, engineEnv, ensureEngine } from './engine.ts'
import { ensureImage, host as hostImage, tagOf } from './images.ts'

/** A host to try a task on: a real Debian (without systemd running) in a container, there in a second and gone afterwards. */
export interface ThrowAway {
  host: Host
  close(): Promise<void>
}

/**
 * @param options of `docker run`: without any it has no network
 * @throws LabUnavailable where this machine can't run one
 */
export async function throwAway(say: (line: string) => void = () => undefined, options: readonly string[] = ['--network', 'none']): Promise<ThrowAway> {
  await ensureEngine(say)
  await ensureImage(hostImage, say)
  const name = `cutover-throw-away-${randomBytes(4).toString('hex')}`
  await docker(['run', '--detach', '--rm', '--init', '--name', name, ...options, '--entrypoint', 'sleep', tagOf(hostImage), 'infinity'])
  // The docker program finds the lab's engine by its environment.
  Object.assign(process.env, engineEnv())
  const session = new Session(name, dockerConnection(name), { method: 'none' })
  await session.open()
  const facts = new Facts()
  return {
    host: createHost({ name, login: { address: '127.0.0.1', port: 22, user: 'root' }, session: () => session, facts }),
    close: async () => {
      await session.close()
      await docker(['rm', '--force', name])
    },
  }
}
