import { expect, it } from 'vitest'
import { sudo } from '../../../tasks/doctor/sudo.ts'
import { known, lines, patient } from './patient.ts'

it.each([
  ['uid=0(root) gid=0(root) groups=0(root)\n', 'ok: commands run as root'],
  [
    'uid=1000(ann) gid=1000(ann) groups=1000(ann),27(sudo)\n',
    'error: commands run as ann, and setup needs root | Take `become: none` out of the inventory, and let the user use sudo.',
  ],
])('%s', (shown, line) => expect(lines(sudo.find(shown, { ...patient(), ...known }))).toEqual([line]))
