import { expect, it } from 'vitest'
import { AptBusyError, lockHolder } from '../../../tasks/system/apt-lock.ts'

it.each([
  [
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 31662 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
    { lock: '/var/lib/apt/lists/lock', holder: 'process 31662 (apt-get)' },
  ],
  [
    'E: Could not get lock /var/cache/apt/archives/lock. It is held by process 7 (unattended-upgr)',
    { lock: '/var/cache/apt/archives/lock', holder: 'process 7 (unattended-upgr)' },
  ],
  [
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (dpkg)...\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    { lock: '/var/lib/dpkg/lock-frontend', holder: 'process 12 (dpkg)' },
  ],
  // apt of before 2.0 names nobody.
  [
    'E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)',
    { lock: '/var/lib/apt/lists/lock', holder: 'another process' },
  ],
  [
    'dpkg: error: dpkg frontend lock was locked by another process with pid 77\nNote: removing the lock file is always wrong',
    { lock: '/var/lib/dpkg/lock', holder: 'process 77' },
  ],
  // It waited, got the lock, and failed for something else.
  [
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (dpkg)...\nE: Unable to locate package x',
    undefined,
  ],
  ['E: Unable to locate package x', undefined],
])('%j', (output, holder) => {
  expect(lockHolder(output)).toEqual(holder)
})

it('a busy apt names the lock and the process, and says what to do', () => {
  const { message, hint } = new AptBusyError({ lock: '/var/lib/dpkg/lock', holder: 'process 7 (apt)' }, undefined)
  expect([message, hint]).toEqual([
    'apt is busy: /var/lib/dpkg/lock is still held by process 7 (apt)',
    'Is that an upgrade that runs (unattended-upgrades), or one that waits for an answer in a terminal? See: ps -fp PID. Let it end, and run this again; nothing was changed.',
  ])
})
