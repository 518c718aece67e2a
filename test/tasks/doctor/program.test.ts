import { expect, it } from 'vitest'
import { program } from '../../../tasks/doctor/program.ts'
import { ownVersion } from '../../../tasks/version.ts'
import { known, lines, patient } from './patient.ts'

it.each([
  ['', []],
  ['0.0.1\n', ['ok: of Cutover 0.0.1']],
  [`${ownVersion()}\n`, [`ok: of Cutover ${ownVersion()}`]],
  [
    '99.1.0\n',
    [
      `warning: Cutover 99.1.0 has set this host up, and this is an older one, ${ownVersion()}: its setup brings the older program back`,
    ],
  ],
])('a host that was set up by %j', (shown, expected) =>
  expect(lines(program.find(shown, { ...patient(), ...known })).map((line) => line.replace(/ \|.*/, ''))).toEqual(
    expected,
  ),
)
