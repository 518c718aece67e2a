import type { Connection } from './connection.ts'
import type { OpensshOptions } from './openssh/options.ts'
import type { SshTarget } from './target.ts'

// Few hosts are reached in these ways, so their code is loaded only when it is needed.

/** A connection to this machine. See local.ts. */
export const localConnection = async (root?: string): Promise<Connection> =>
  (await import('./local.ts')).localConnection(root)

/** A connection through the ssh program. @throws UnreachableError */
export const opensshConnection = async (target: SshTarget, options: OpensshOptions): Promise<Connection> =>
  (await import('./openssh/openssh.ts')).opensshConnection(target, options)

/** The keys of a target that need a passphrase. See ssh/locked-keys.ts. */
export const lockedKeys = async (target: SshTarget): Promise<string[]> =>
  (await import('./ssh/locked-keys.ts')).lockedKeys(target)

/** A connection into a container, by `docker exec`. @throws UnreachableError */
export const dockerConnection = async (container: string): Promise<Connection> =>
  (await import('./docker.ts')).dockerConnection(container)
