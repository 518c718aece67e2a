import { expect, it } from 'vitest'
import { howItEnded } from '../../../tasks/docker/how-it-ended.ts'

it.each<[number, boolean, string]>([
  [0, false, 'it ended with 0'],
  [3, false, 'it ended with 3'],
  [126, false, 'it ended with 126 (its command cannot be executed)'],
  [127, false, 'it ended with 127 (its command was not found)'],
  [137, true, 'it ended with 137 (SIGKILL), and the kernel killed it for want of memory'],
  [139, false, 'it ended with 139 (SIGSEGV)'],
  [143, false, 'it ended with 143 (SIGTERM)'],
  [255, false, 'it ended with 255'],
])('a container with the status %i (out of memory: %s): %s', (exitCode, outOfMemory, expected) => {
  expect(howItEnded(exitCode, outOfMemory)).toBe(expected)
})
