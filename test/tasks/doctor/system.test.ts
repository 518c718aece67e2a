import { expect, it } from 'vitest'
import { CutoverError } from '../../../runner/index.ts'
import { system } from '../../../tasks/doctor/system.ts'
import { parsePlatform } from '../../../tasks/system/platform.ts'
import { known, lines, patient } from './patient.ts'

const pi32 = 'PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"\nID=raspbian\nMACHINE=aarch64\nPACKAGES=armhf\n'
const fedora = 'ID=fedora\nPRETTY_NAME="Fedora Linux 41"\nMACHINE=x86_64\n'
const refusalOf = (text: string): CutoverError => {
  try {
    parsePlatform(text)
  } catch (error) {
    if (error instanceof CutoverError) return error
  }
  throw new Error('it is not refused')
}

it('a supported system is named', () => {
  expect(lines(system.find('6.12.41+deb13-amd64\n', { ...patient(), ...known }))).toEqual([
    'ok: debian 13 (trixie), linux/amd64, kernel 6.12.41+deb13-amd64',
  ])
})

it.each([
  ['a 32-bit system on a 64-bit kernel', pi32, 'this is a 32-bit system (armhf) on a 64-bit machine (aarch64)'],
  ['another distribution', fedora, 'this is Fedora Linux 41'],
])('%s is an error, in the words of the refusal', (_, text, message) => {
  const platform = refusalOf(text)
  expect(system.find('6.6.51\n', { ...patient(), ...known, platform })).toEqual([
    { severity: 'error', text: message, hint: platform.hint },
  ])
})
