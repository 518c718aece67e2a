import { expect, it } from 'vitest'
import { reboot } from '../../../tasks/doctor/reboot.ts'
import { known, lines, patient } from './patient.ts'

it.each([
  ['', 'ok: none is pending'],
  ['required\n', 'note: a reboot is pending'],
  [
    'required\nlinux-image-6.12.41+deb13-amd64\nlibc6\nlibc6\n',
    'note: a reboot is pending, for linux-image-6.12.41+deb13-amd64, libc6',
  ],
  ['kernel 6.12.41+deb13-amd64 6.12.41+deb13-amd64\n', 'ok: none is pending'],
  [
    'kernel 6.1.0-18-amd64 6.1.0-38-amd64\n',
    'note: a reboot is pending: the kernel 6.1.0-38-amd64 is installed, and 6.1.0-18-amd64 runs',
  ],
  ['required\nlibc6\nkernel 6.1.0-18-amd64 6.1.0-38-amd64\n', 'note: a reboot is pending, for libc6'],
  ['required\nkernel 6.8.0-45-generic 6.8.0-45-generic\n', 'note: a reboot is pending'],
])('%j', (shown, line) =>
  expect(lines(reboot.find(shown, { ...patient(), ...known }))[0]?.replace(/ \|.*/, '')).toBe(line),
)
