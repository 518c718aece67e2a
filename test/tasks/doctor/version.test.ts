import { expect, it } from 'vitest'
import { isOlder } from '../../../tasks/doctor/version.ts'

it.each([
  ['29.1.2', '29', false],
  ['28.5.2', '29', true],
  ['29', '29', false],
  ['5:28.0.1-1~debian', '29', true],
  ['v3.6', '3.6.1', true],
  ['v3.6.1', '3.6.1', false],
  ['3.10.0', '3.6.1', false],
  ['26.1.5+dfsg1', '20.10', false],
  ['19.03.15', '20.10', true],
])('%s is older than %s: %s', (version, than, older) => expect(isOlder(version, than)).toBe(older))
