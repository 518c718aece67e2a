import type { Connection } from './connection.ts'
import { processChannel } from './process.ts'

/** A container that runs, by its name; the `docker` program finds the engine (DOCKER_HOST, contexts). */
export const dockerConnection = (container: string): Connection => ({
  open: (command) =>
    processChannel(
      ['docker', 'exec', '--interactive', container, '/bin/sh', '-c', command],
      `no shell in ${container}`,
    ),
  close: async () => undefined,
})
