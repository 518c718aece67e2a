import { constants } from 'node:os'

/** What an exit status says beside its number; undefined for one that only the app knows. */
function meaning(exitCode: number): string | undefined {
  if (exitCode === 126) return 'its command cannot be executed'
  if (exitCode === 127) return 'its command was not found'
  return Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0]
}

/**
 * How a container ended, for a person.
 * @param outOfMemory Docker's OOMKilled: the kernel ended one of its processes, at its limit of memory or the host's
 */
export function howItEnded(exitCode: number, outOfMemory = false): string {
  const means = meaning(exitCode)
  return (
    `it ended with ${exitCode}${means === undefined ? '' : ` (${means})`}` +
    (outOfMemory ? ', and the kernel killed it for want of memory' : '')
  )
}

/** How often a container restarted, for a person. */
export const howOften = (restarts: number): string => `it restarted ${restarts === 1 ? 'once' : `${restarts} times`}`
