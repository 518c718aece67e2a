/**
 * How a container ended, for a person.
 * @param outOfMemory Docker's OOMKilled: the kernel ended one of its processes, at its limit of memory or the host's
 */
export const howItEnded = (exitCode: number, outOfMemory = false): string =>
  `it ended with ${exitCode}${outOfMemory ? ', and the kernel killed it for want of memory' : ''}`

/** How often a container restarted, for a person. */
export const howOften = (restarts: number): string => `it restarted ${restarts === 1 ? 'once' : `${restarts} times`}`
