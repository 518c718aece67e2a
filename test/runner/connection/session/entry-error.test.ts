import { expect, it } from 'vitest'
import { entryError } from '../../../../runner/connection/session/entry-error.ts'
import { UnreachableError } from '../../../../runner/errors.ts'

const hints: Record<string, string> = {
  'sudo wants a terminal (requiretty), and there is none':
    'Allow this user to use sudo without one, in a separate file (visudo -f /etc/sudoers.d/NAME): Defaults:USER !requiretty',
  'this user may not use sudo':
    'Log in as another user (`user:` in the inventory), or give this one sudo: adduser NAME sudo.',
  'sudo asks for a password':
    'Give it with become_password (a secret reference) in the inventory, ' +
    'or allow this user in /etc/sudoers.d: NAME ALL=(ALL) NOPASSWD:ALL.\n' +
    'If this user may not use sudo at all: adduser NAME sudo, or log in as another user (`user`).',
  'sudo did not take the password in become_password':
    'It must be the password of the user who logs in (or of root, if sudoers has rootpw): ' +
    'fix the secret that become_password names.',
  'the password of this user has expired, and must be changed first':
    'Log in with ssh and change it (passwd). If `password` or `become_password` reads it from somewhere, put the new one there.',
  'sudo may not become another user here':
    'Its file system is mounted with nosuid, or the container runs with no-new-privileges: ' +
    'log in as root with `become: none`.',
  'there is no sudo': 'Install it, or log in as root with `become: none`.',
}

it.each([
  ['sudo: sorry, you must have a tty to run sudo', 'sudo wants a terminal (requiretty), and there is none'],
  ["sudo-rs: I'm sorry guest. I'm afraid I can't do that", 'this user may not use sudo'],
  ['guest is not in the sudoers file.', 'this user may not use sudo'],
  ['Sorry, user guest is not allowed to execute sh as root', 'this user may not use sudo'],
  ['Sorry, user guest may not run sudo on web.', 'this user may not use sudo'],
  ['sudo: a password is required', 'sudo asks for a password'],
  ['sudo: a terminal is required to read the password', 'sudo asks for a password'],
  ['sudo-rs: interactive authentication is required', 'sudo asks for a password'],
  ['sudo-rs: Maximum 3 incorrect authentication attempts', 'sudo did not take the password in become_password'],
  ['sudo: 1 incorrect password attempt', 'sudo did not take the password in become_password'],
  ['Sorry, try again.', 'sudo did not take the password in become_password'],
  ['sudo-rs: Authentication failed, try again.', 'sudo did not take the password in become_password'],
  [
    'sudo: Account or password is expired, reset your password and try again',
    'the password of this user has expired, and must be changed first',
  ],
  ['You must change your password', 'the password of this user has expired, and must be changed first'],
  ['Retype new password: ', 'the password of this user has expired, and must be changed first'],
  [
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
    'sudo may not become another user here',
  ],
  ['sudo: effective uid is not 0', 'sudo may not become another user here'],
  ['bash: exec: sudo: not found', 'there is no sudo'],
  ['zsh: sudo: command not found', 'there is no sudo'],
  ['env: ‘sudo’: No such file or directory', 'there is no sudo'],
])('what sudo prints is explained: %j', (output, message) => {
  const error = entryError('web-1', { method: 'sudo' }, output, new Error(output))
  expect([error.message, error.hint]).toEqual([`web-1: ${message}`, hints[message]])
})

it('without sudo only an expired password is explained', () => {
  const none = { method: 'none' } as const
  expect(entryError('web-1', none, 'Your password has expired', undefined).message).toBe(
    'web-1: the password of this user has expired, and must be changed first',
  )
  const cause = new Error('x')
  const other = entryError('web-1', none, 'sudo: not found', cause)
  expect([other.message, other.cause]).toEqual(['web-1: no shell: sudo: not found', cause])
})

it('another output is shown as it is, and an error that explains itself stays', () => {
  const error = entryError('web-1', { method: 'sudo' }, 'odd', undefined)
  expect([error.message, error.hint]).toEqual(['web-1: no shell through sudo: odd', undefined])
  const own = new UnreachableError('lost')
  expect(entryError('web-1', { method: 'sudo' }, 'odd', own)).toBe(own)
})
