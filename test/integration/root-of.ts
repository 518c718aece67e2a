import { containerOf } from '../../lab/containers.ts'
import { engineEnv, findEngine } from '../../lab/engine.ts'
import type { Lab } from '../../lab/lab.ts'
import { dockerConnection } from '../../runner/connection/docker.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'

/** A host of a lab, as its root by the docker program, so that no task can shut it out. */
export async function rootOf(lab: Lab, name: string): Promise<{ host: Host; close(): Promise<void> }> {
  await findEngine()
  // The docker program finds the lab's engine by this process's environment.
  Object.assign(process.env, engineEnv())
  const session = new Session(name, dockerConnection(containerOf(lab.name, name)), { method: 'none' })
  await session.open()
  const host = createHost({
    name,
    login: { address: '127.0.0.1', port: 22, user: 'root' },
    session: () => session,
    facts: new Facts(),
  })
  return { host, close: () => session.close() }
}
