import type { Connection } from './connection.ts'
import { processChannel } from './process.ts'

/**
 * This machine. `root`: the directory that is the host's root file system, where this process runs in a container
 * that has it mounted.
 */
export const localConnection = (root?: string): Connection => ({
  open: (command) =>
    processChannel(
      [...(root === undefined ? [] : ['chroot', root]), '/bin/sh', '-c', command],
      'no shell on this machine',
    ),
  close: async () => undefined,
})
