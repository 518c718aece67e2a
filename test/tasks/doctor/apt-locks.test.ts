import { expect, it } from 'vitest'
import { aptLocks } from '../../../tasks/doctor/apt-locks.ts'
import { known, lines, patient } from './patient.ts'

it.each([
  ['', 'ok: no other apt or dpkg runs'],
  [
    '/var/lib/dpkg/lock-frontend 812 unattended-upgr\n/var/lib/dpkg/lock 812 unattended-upgr\n',
    'note: process 812 (unattended-upgr) holds /var/lib/dpkg/lock-frontend, /var/lib/dpkg/lock',
  ],
  [
    '/var/lib/dpkg/lock-frontend 812 apt-get\n/var/lib/dpkg/lock 813 dpkg\n',
    'note: process 812 (apt-get) and process 813 (dpkg) hold /var/lib/dpkg/lock-frontend, /var/lib/dpkg/lock',
  ],
])('%j', (shown, line) =>
  expect(lines(aptLocks.find(shown, { ...patient(), ...known }))[0]?.replace(/ \|.*/, '')).toBe(line),
)
