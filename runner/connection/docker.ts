import type { Connection } from './connection.ts'
import { processChannel } from './process.ts'

/** A connection into a running container. The `docker` program finds the engine (DOCKER_HOST, contexts) itself. */
export const dockerConnection = (container: string): Connection => ({
  open: (command) =>
    processChannel(
      ['docker', 'exec', '--interactive', container, '/bin/sh', '-c', command],
      `no shell in ${container}`,
    ),
  close: async () => undefined,
})
