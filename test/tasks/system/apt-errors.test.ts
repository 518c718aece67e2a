import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { aptError, lockHolder } from '../../../tasks/system/apt-errors.ts'

it.each([
  [
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 31662 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
    { lock: '/var/lib/apt/lists/lock', by: 'process 31662 (apt-get)' },
  ],
  [
    'E: Could not get lock /var/cache/apt/archives/lock. It is held by process 7 (unattended-upgr)',
    { lock: '/var/cache/apt/archives/lock', by: 'process 7 (unattended-upgr)' },
  ],
  [
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (dpkg)...\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    { lock: '/var/lib/dpkg/lock-frontend', by: 'process 12 (dpkg)' },
  ],
  // apt of before 2.0 names nobody.
  [
    'E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)',
    { lock: '/var/lib/apt/lists/lock', by: 'another process' },
  ],
  [
    'dpkg: error: dpkg frontend lock was locked by another process with pid 77\nNote: removing the lock file is always wrong',
    { lock: '/var/lib/dpkg/lock', by: 'process 77' },
  ],
  // It waited, got the lock, and failed for something else.
  [
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (dpkg)...\nE: Unable to locate package x',
    undefined,
  ],
  ['E: Unable to locate package x', undefined],
])('%j', (output, held) => {
  expect(lockHolder(output)).toEqual(held)
})

it.each([
  [
    'The following packages will be REMOVED:\n  containerd.io* docker-ce{u} docker-ce-cli\nThe following NEW packages will be installed:\n  docker.io\nE: Packages need to be removed but remove is disabled.',
    'apt would have to remove containerd.io docker-ce docker-ce-cli\n',
  ],
  [
    'The following packages will be DOWNGRADED:\n  runc\n0 upgraded\nE: Packages were downgraded and -y was used without --allow-downgrades.',
    'downgrade runc\n',
  ],
  [
    'The following held packages will be changed:\n  docker-ce\nE: Held packages were changed and -y was used without --allow-change-held-packages.',
    'held packages: docker-ce\n',
  ],
  [
    "E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a' to correct the problem.",
    'sudo dpkg --configure -a',
  ],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", 'the disk is full'],
  [
    'E: Release file for http://x/InRelease is not valid yet (invalid for another 3h). Updates for this repository will not be applied.',
    'Is the clock of the host right',
  ],
  ['E: Unable to locate package docker-compose-v3', 'apt has no docker-compose-v3\n'],
  ["E: Package 'a' has no installation candidate\nE: Package 'b' has no installation candidate", 'apt has no a b\n'],
])('%j is told in our words', (output, words) => {
  expect(`${explain(aptError(new Error('apt'), output, ['x'])).join('\n')}\n`).toContain(words)
})

it('what could not be fetched explains what could not be found', () => {
  expect(
    explain(
      aptError(
        new Error('apt'),
        'E: Unable to locate package x',
        ['x'],
        'W: Temporary failure resolving ‘deb.example.org’',
      ),
    )[0],
  ).toBe('the host does not find its package servers')
})
