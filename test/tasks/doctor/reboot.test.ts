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
])('%j', (shown, line) =>
  expect(lines(reboot.find(shown, { ...patient(), ...known }))[0]?.replace(/ \|.*/, '')).toBe(line),
)
