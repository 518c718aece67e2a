import { describe, expect, it } from 'vitest'
import { CutoverError, message } from '../../../runner/errors.ts'
import { aptError } from '../../../tasks/system/apt-errors.ts'
import { AptBusyError } from '../../../tasks/system/apt-lock.ts'

const told = (output: string, packages = ['x', 'y'], updateOutput?: string): string[] => {
  const error = aptError(new Error('apt'), { output, packages, updateOutput })
  return error instanceof CutoverError ? [error.message, error.hint ?? ''] : [message(error)]
}

const clock = 'Is the clock of the host right (timedatectl)? An old release may also have moved to an archive.'
const keys =
  'See sudo apt-get update: renew its key in /etc/apt/keyrings, or take the repository out of /etc/apt/sources.list.d.'
const half = [
  'dpkg was interrupted before, and some packages are half installed',
  'On the host: sudo dpkg --configure -a (and sudo apt-get -f install), then run this again.',
]
const full = ['the disk is full', 'Make room on the host (df -h; apt-get clean), and run this again.']
const resolver = [
  'the host does not find its package servers',
  'Does the host have a resolver (/etc/resolv.conf), and a way out?',
]
const removal =
  'Nothing was changed: no package is removed unasked. Name packages that go with what is there (for Docker: `docker.packages` in the inventory), or remove it yourself first, knowing what runs on it.'
const downgrade =
  'Nothing was changed. A package from another source is newer than its repository: see apt-cache policy PACKAGE.'
const hold =
  'Nothing was changed. Somebody holds them (apt-mark showhold). Install it yourself, or release the hold: apt-mark unhold PACKAGE.'
const setUp =
  'Its own words are above. Fix what they name, then on the host: sudo dpkg --configure -a, and run this again.'
const unknown =
  'Is the right release in /etc/apt/sources.list.d? For Docker, `docker.packages` in the inventory names other packages (docs.docker.com says how to add Docker’s own).'
const beside =
  'Nothing was changed. Packages that are held (apt-mark showhold) or come from another repository are the usual reason: see sudo apt-get -s install x y.'

describe('a failed install is explained', () => {
  it.each<[string, string, string[]]>([
    [
      'packages that would be removed',
      'Reading package lists...\nThe following packages will be REMOVED:\n  containerd.io* docker-ce{u}\n  docker-ce-cli (5.0)\nThe following NEW packages will be installed:\n  docker.io\nE: Packages need to be removed but remove is disabled.',
      ['to install x y, apt would have to remove containerd.io docker-ce docker-ce-cli', removal],
    ],
    [
      'one package that would be removed, at the end of the output',
      'E: Packages need to be removed but remove is disabled.\nThe following package will be REMOVED:\n  runc',
      ['to install x y, apt would have to remove runc', removal],
    ],
    [
      'packages that would be removed, without their names',
      'E: Packages need to be removed but remove is disabled.',
      ['to install x y, apt would have to remove other packages', removal],
    ],
    [
      'a downgrade',
      'The following packages will be DOWNGRADED:\n  runc containerd\n0 upgraded\nE: Packages were downgraded and -y was used without --allow-downgrades.',
      ['to install x y, apt would have to downgrade runc containerd', downgrade],
    ],
    [
      'a downgrade, without names',
      'E: Packages were downgraded and -y was used without --allow-downgrades.',
      ['to install x y, apt would have to downgrade other packages', downgrade],
    ],
    [
      'held packages',
      'The following held packages will be changed:\n  docker-ce\n  runc\nE: Held packages were changed and -y was used without --allow-change-held-packages.',
      ['to install x y, apt would have to change held packages: docker-ce runc', hold],
    ],
    [
      'held packages, without names',
      'E: Held packages were changed and -y was used without --allow-change-held-packages.',
      ['to install x y, apt would have to change held packages: see apt-mark showhold', hold],
    ],
    ['a dpkg that was interrupted', "E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a'", half],
    ['a package half installed', "E: The package z needs to be reinstalled, but I can't find an archive for it.", half],
    [
      'a package whose script fails',
      'dpkg: error processing package z (--configure):\n goes wrong\ndpkg: error processing archive /var/cache/apt/w_1.deb (--unpack):\nErrors were encountered while processing:\n z\ndpkg: error processing package z (--configure):',
      ['dpkg could not set up z w_1.deb', setUp],
    ],
    [
      'dependencies that do not fit',
      'The following packages have unmet dependencies:\n x : Depends: a (>= 2) but 1 is to be installed\n     Conflicts: b\n     Suggests: d\n longer : Breaks: c\nnote: x : y\nnote:  Depends: y\nE: Unable to correct problems, you have held broken packages.',
      [
        "apt can't install x y beside what is there",
        ` x : Depends: a (>= 2) but 1 is to be installed\n     Conflicts: b\n longer : Breaks: c\n${beside}`,
      ],
    ],
    [
      'more than six lines of dependencies',
      `Unmet dependencies. Try apt --fix-broken install.\n${' x : Depends: a\n'.repeat(7)}`,
      ["apt can't install x y beside what is there", `${' x : Depends: a\n'.repeat(6)}${beside}`],
    ],
    [
      'broken packages, without more',
      'E: Unable to correct problems, you have held broken packages.',
      ["apt can't install x y beside what is there", beside],
    ],
    ['too little room', "E: You don't have enough free space in /var/cache/apt/archives/.", full],
    ['a full disk', 'E: Write error - write (28: no space left on device)', full],
    [
      'a clock that is behind',
      'E: Release file for http://x/InRelease is not valid yet (invalid for another 3h).',
      ['apt considers its package lists not valid at this time', clock],
    ],
    [
      'lists that are too old',
      'E: Release file for http://x/InRelease is expired (invalid since 3d).',
      ['apt considers its package lists not valid at this time', clock],
    ],
    ['no resolver', 'W: Failed to fetch http://x  Temporary failure resolving ‘deb.example.org’', resolver],
    ['a name that is not found', "W: Failed to fetch http://x  Could not resolve 'deb.example.org'", resolver],
    ...[
      'the public key is not available: NO_PUBKEY 7EA0A9C3F273FCD8',
      'E: The repository is not signed.',
      'The following signatures were invalid: EXPKEYSIG 7EA0',
    ].map((output): [string, string, string[]] => [
      'a key',
      output,
      ['a repository of the host is not signed by a key that apt knows', keys],
    ]),
    [
      'two files for one repository',
      'E: Conflicting values set for option Signed-By regarding source http://x/ a: /k1 != /k2\nE: The list of sources could not be read.',
      [
        'two files name the repository http://x/, each with a key of its own',
        'Take one away: grep -r URI /etc/apt/sources.list /etc/apt/sources.list.d shows both.',
      ],
    ],
    ['a package that nobody has', 'E: Unable to locate package z', ['apt has no z', unknown]],
    [
      'packages without a candidate',
      "E: Package 'a1' has no installation candidate\nE: Package b2 has no installation candidate\nE: Unable to locate package a1",
      ['apt has no a1 b2', unknown],
    ],
    ['packages without a candidate, without names', 'it has no installation candidate', ['apt has no x y', unknown]],
    ['something new', 'E: something new', ['apt']],
  ])('%s', (_, output, expected) => {
    expect(told(output)).toEqual(expected)
  })
})

const noResolver = 'W: Temporary failure resolving ‘deb.example.org’'

it.each([
  ['a package that could not be found', 'E: Unable to locate package x', noResolver, resolver],
  ['an unknown failure', 'E: something new', noResolver, resolver],
  ['an unknown failure', 'E: something new', 'E: Unable to locate package z', ['apt has no z', unknown]],
  ['a failure with a reason of its own', 'No space left on device', noResolver, full],
  ['a package that could not be found', 'E: Unable to locate package z', 'E: fine', ['apt has no z', unknown]],
])('%s: %j after an update that printed %j', (_, output, updateOutput, expected) => {
  expect(told(output, ['x'], updateOutput)).toEqual(expected)
})

it('a lock that another process has is explained already, and the original error is the cause of the others', () => {
  const busy = new AptBusyError({ lock: '/l', holder: 'process 1' }, undefined)
  expect(aptError(busy, { output: 'No space left on device', packages: [] })).toBe(busy)
  const cause = new Error('apt')
  expect(aptError(cause, { output: 'No space left on device', packages: [] })).toMatchObject({ cause })
})
